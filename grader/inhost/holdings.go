package inhost

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A holding is one row or document as the page draws it.
type holding struct{ place, key, label string }

// holdings are the rows of a database or the documents of an index, in the order in which
// they first came. The page keeps the same list from the journal.
type holdings []holding

func (h *holdings) put(place, key, label string) {
	i := slices.IndexFunc(*h, func(o holding) bool { return o.place == place && o.key == key })
	if i < 0 {
		*h = append(*h, holding{place, key, label})
		return
	}
	(*h)[i].label = label
}

func (h *holdings) remove(place, key string) {
	*h = slices.DeleteFunc(*h, func(o holding) bool { return o.place == place && o.key == key })
}

// draw makes a service's place: the first of them, and of two in one place with the same
// label the second as one too many.
func (h holdings) draw(service string, number func(label string) uint64) brokers.Place {
	p := brokers.Place{ID: "service:" + service, Kind: "service", Name: service, Done: len(h)}
	seen := make(map[holding]bool)
	for _, o := range h[:min(len(h), brokers.MaxTokens)] {
		t := brokers.Token{Message: number(o.label), Label: o.label, State: "done"}
		name := holding{place: o.place, label: o.label}
		if seen[name] && o.label != "" {
			t.State = "twice"
		}
		seen[name] = true
		p.Tokens = append(p.Tokens, t)
	}
	return p
}
