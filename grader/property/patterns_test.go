package property

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
)

// bound adds a binding that the program made at a line.
func (s *story) bound(exchange, key, queue string, line int) *story {
	return s.add(brokers.Event{Kind: brokers.Bound, Exchange: exchange, Key: key, Place: queue, Client: "c1", Line: line})
}

func (s *story) over() *story { return s.add(brokers.Event{Kind: brokers.Exited, Source: "host"}) }

// published adds a message as the host publishes it, and where it came to.
func (s *story) published(key string, queues ...string) *story {
	number := uint64(len(s.events) + 1)
	s.add(brokers.Event{Kind: brokers.Published, Exchange: "user_events", Key: key, Message: number})
	for _, queue := range queues {
		s.add(brokers.Event{Kind: brokers.Routed, Place: queue, Message: number})
	}
	return s
}

func (s *story) unbound(exchange, key, queue string) *story {
	return s.add(brokers.Event{Kind: brokers.Unbound, Exchange: exchange, Key: key, Place: queue})
}

func ask(key string, queues ...any) any { return map[string]any{"key": key, "queues": queues} }

// naive says what a pattern matches, as one would say it: try every number of
// words for each #.
func naive(pattern, key []string) bool {
	switch {
	case len(pattern) == 0:
		return len(key) == 0
	case pattern[0] == "#":
		for n := 0; n <= len(key); n++ {
			if naive(pattern[1:], key[n:]) {
				return true
			}
		}
		return false
	}
	return len(key) > 0 && (pattern[0] == "*" || pattern[0] == key[0]) && naive(pattern[1:], key[1:])
}

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, key string
		want         bool
	}{
		{"user.#", "user", true},
		{"user.#", "user.a.b", true},
		{"user.*", "user", false},
		{"user.*", "user.a", true},
		{"user.*", "user.a.b", false},
		{"*.a.*", "x.a.y", true},
		{"#.a.#", "a", true},
		{"#", "", true},
		{"*", "", false},
		{"", "", true},
		{"", "a", false},
		{"us*.a", "user.a", false},
		{"#.#.#.#.#.#.#.#.a", "a.a.a.a.a.a.a.b", false},
		{"a.*", "a.", true}, // the word after a trailing dot is empty, and a word
	} {
		if got := matches(tt.pattern, tt.key); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.pattern, tt.key, got)
		}
	}
}

var (
	drawKey     = rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 5), joined)
	drawPattern = rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "*", "#"}), 1, 6), joined)
)

func joined(words []string) string { return strings.Join(words, ".") }

// TestRoutedExactlyNaive: over any bindings, any table and any keys the property
// says what a naive broker compared with the table says, and the binding that it
// names is one that let the key in.
func TestRoutedExactlyNaive(t *testing.T) {
	queues := []string{"q1", "q2", "q3"}
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(drawKey, 1, 6, rapid.ID[string]).Draw(t, "keys")
		patterns := make(map[string][]string)
		s := &story{}
		for range rapid.IntRange(0, 6).Draw(t, "bindings") {
			queue, pattern := rapid.SampledFrom(queues).Draw(t, "queue"), drawPattern.Draw(t, "pattern")
			patterns[queue] = append(patterns[queue], pattern)
			s.bound("user_events", pattern, queue, 1)
		}
		s.over()
		var table []any
		wrong := make(map[string]bool) // key and queue
		for _, key := range keys {
			var want []any
			var got []string
			for _, queue := range queues {
				in := slices.ContainsFunc(patterns[queue], func(p string) bool { return naive(strings.Split(p, "."), strings.Split(key, ".")) })
				asked := in != (rapid.IntRange(0, 9).Draw(t, "differs") == 0)
				if asked {
					want = append(want, queue)
				}
				if in {
					got = append(got, queue)
				}
				wrong[key+" "+queue] = in != asked
			}
			s.published(key, got...)
			table = append(table, ask(key, want...))
		}
		r := routedExactly(s.events, Params{"exchange": "user_events", "table": table})
		first := slices.IndexFunc(keys, func(key string) bool {
			return slices.ContainsFunc(queues, func(q string) bool { return wrong[key+" "+q] })
		})
		if r.OK != (first < 0) {
			t.Fatalf("%+v, want the first key that went wrong to be number %d", r, first)
		}
		if r.OK {
			return
		}
		if r.Facts.Key != keys[first] || !wrong[r.Facts.Key+" "+r.Facts.Queue] {
			t.Fatalf("blames %s in %s", r.Facts.Key, r.Facts.Queue)
		}
		if r.Message == "key-extra" && (!slices.Contains(patterns[r.Facts.Queue], r.Facts.Pattern) || !naive(strings.Split(r.Facts.Pattern, "."), strings.Split(r.Facts.Key, "."))) {
			t.Fatalf("blames the binding %q for %s in %s", r.Facts.Pattern, r.Facts.Key, r.Facts.Queue)
		}
	})
}

// TestMatchesNaive compares the two ways to match.
func TestMatchesNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern, key := drawPattern.Draw(t, "pattern"), drawKey.Draw(t, "key")
		if got, want := matches(pattern, key), naive(strings.Split(pattern, "."), strings.Split(key, ".")); got != want {
			t.Fatalf("matches(%q, %q) = %v", pattern, key, got)
		}
	})
}

// TestBindingsThatGo: what was unbound or went with its queue or its exchange is
// not counted, and what has the same name as such a queue is.
func TestBindingsThatGo(t *testing.T) {
	s := (&story{}).
		bound("user_events", "a", "q1", 1).bound("user_events", "b", "q1", 2).bound("user_events", "a", "q2", 3).
		bound("other", "a", "q2", 4).
		add(brokers.Event{Kind: brokers.Bound, Exchange: "user_events", Key: "#", Place: "q1", Reason: toExchange}).
		unbound("user_events", "a", "q1").
		add(brokers.Event{Kind: brokers.Deleted, Exchange: "other"}).
		add(brokers.Event{Kind: brokers.Deleted, Place: "q1"})
	var left []uint64
	for _, b := range bindings(s.events) {
		left = append(left, b.Seq)
	}
	if !slices.Equal(left, []uint64{3, 5}) {
		t.Errorf("events %v are what is left, want 3 and 5", left)
	}
}

// TestFactsOfAStrayKey looks at everything that the words are made from.
func TestFactsOfAStrayKey(t *testing.T) {
	s := (&story{}).bound("user_events", "b", "q1", 7).bound("user_events", "#", "q1", 8).over().published("a", "q1")
	p := Params{"exchange": "user_events", "table": []any{ask("a")}}
	got := routedExactly(s.events, p)
	want := Facts{Exchange: "user_events", Queue: "q1", Key: "a", Pattern: "#", Line: 8}
	if !cmp.Equal(got.Facts, want) || !slices.Equal(got.Events, []uint64{2, 4, 5}) {
		t.Errorf("got %+v", got)
	}
	if exchange, keys := Probes("routed-exactly", p); exchange != "user_events" || !slices.Equal(keys, []string{"a"}) {
		t.Errorf("wants %q probed with %q", exchange, keys)
	}
	if _, keys := Probes("declared", p); len(keys) > 0 {
		t.Errorf("declared wants %q probed", keys)
	}
}
