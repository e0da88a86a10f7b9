package tap

import (
	"fmt"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A death is one entry of the header x-death, in which the broker notes that a
// message has left a queue as a dead letter.
type death struct {
	queue, reason string
	count         int64
	exchange, key string // with which it was in that queue
}

// deaths is the header, the newest first. Clients may send one of their own making,
// or an old one with a copy, which the broker goes on with.
type deaths []death

// maxDeaths bounds how much of the header is read.
const maxDeaths = 100

// deathsOf reads the headers of a message, as our codec or as amqp091's has them.
// What does not have the form that the broker writes is left out.
func deathsOf(headers any) deaths {
	list, _ := field(headers, "x-death").([]any)
	var all deaths
	for _, entry := range list[:min(len(list), maxDeaths)] {
		var d death
		d.queue, _ = field(entry, "queue").(string)
		d.reason, _ = field(entry, "reason").(string)
		d.count, _ = field(entry, "count").(int64)
		d.exchange, _ = field(entry, "exchange").(string)
		if keys, _ := field(entry, "routing-keys").([]any); len(keys) > 0 {
			d.key, _ = keys[0].(string)
		}
		if d.queue != "" && d.reason != "" && d.count > 0 {
			all = append(all, d)
		}
	}
	return all
}

func field(table any, name string) any {
	switch t := table.(type) {
	case wire.Table:
		v, _ := t.Get(name)
		return v
	case amqp.Table:
		return t[name]
	}
	return nil
}

// String says the deaths in a form that is the same for the same ones.
func (all deaths) String() string {
	var s strings.Builder
	for _, d := range all {
		fmt.Fprintf(&s, "%q %q %d;", d.queue, d.reason, d.count)
	}
	return s.String()
}

// A grave is where and why a message has died, however often.
type grave struct{ queue, reason string }

// counts are how often a message has died, by where and why.
func (all deaths) counts() map[grave]int64 {
	counts := make(map[grave]int64, len(all))
	for _, d := range all {
		counts[grave{d.queue, d.reason}] = d.count
	}
	return counts
}

// follows reports whether a message of which known is known may have this header by
// now: nothing is taken back, and of refusals, which pass by here, none is missing.
func (all deaths) follows(known map[grave]int64) bool {
	counts := all.counts()
	for g, n := range known {
		if counts[g] < n || g.reason == rejected && counts[g] != n {
			return false
		}
	}
	for g, n := range counts {
		if g.reason == rejected && known[g] != n {
			return false
		}
	}
	return true
}

// news are the deaths that are not among those told already, the oldest first. One
// that has happened more than once since is there as often.
func (all deaths) news(told map[grave]int64) []death {
	var fresh []death
	for i := len(all) - 1; i >= 0; i-- {
		d := all[i]
		for n := told[grave{d.queue, d.reason}]; n < d.count && len(fresh) < maxDeaths; n++ {
			fresh = append(fresh, d)
		}
	}
	return fresh
}

// rejected is the reason of a death that a client has brought about.
const rejected = "rejected"
