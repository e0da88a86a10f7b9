package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/brokerlab/brokerlab/brokers"
)

// topicTable is a topic exchange with a queue for each pattern.
type topicTable struct {
	*table
	ch *Channel
}

func newTopicTable(t testing.TB, patterns ...string) *topicTable {
	tb := newTable(t)
	tt := &topicTable{tb, tb.open(t, 1)}
	for _, p := range patterns {
		tt.bind(t, p)
	}
	return tt
}

func (tt *topicTable) bind(t testing.TB, pattern string) {
	t.Helper()
	declare(t, tt.ch, "q"+pattern)
	must(t, tt.ch.Bind("q"+pattern, "amq.topic", pattern, nil))
}

// matched lists the patterns that the tree finds for a key.
func (tt *topicTable) matched(key string) []string {
	var out []string
	for _, q := range tt.routing.find(tt.exchanges["amq.topic"], []string{key}, nil) {
		out = append(out, strings.TrimPrefix(q.Name, "q"))
	}
	slices.Sort(out)
	return out
}

func TestTopicMatches(t *testing.T) {
	for _, tt := range []struct {
		rule, pattern, key string
		want               bool
	}{
		{"words match themselves", "order.paid", "order.paid", true},
		{"words are whole", "order.paid", "orders.paid", false},
		{"case counts", "order.paid", "order.Paid", false},
		{"a prefix is not enough", "order", "order.paid", false},
		{"star takes one word", "order.*", "order.paid", true},
		{"star never takes two", "order.*", "order.paid.eu", false},
		{"star never takes none", "order.*", "order", false},
		{"star takes an empty word", "order.*", "order.", true},
		{"star in the middle", "order.*.eu", "order.paid.eu", true},
		{"hash takes none", "order.#", "order", true},
		{"hash takes many", "order.#", "order.paid.eu.north", true},
		{"hash in the middle", "order.#.eu", "order.eu", true},
		{"hash in the middle takes many", "order.#.eu", "order.a.eu.b.eu", true},
		{"what follows a hash must come", "order.#.eu", "order.paid", false},
		{"hash alone takes all", "#", "order.paid", true},
		{"hash alone takes the empty key", "#", "", true},
		{"star does not take the empty key", "*", "", false},
		{"the empty pattern takes the empty key", "", "", true},
		{"the empty pattern takes nothing else", "", "a", false},
		{"star and hash want one word", "*.#", "order", true},
		{"hash and star want one word", "#.*", "order", true},
		{"and not none", "#.*", "", false},
		{"two hashes are one", "#.#", "order", true},
		{"stars between hashes count", "#.*.#.*", "order", false},
		{"a star is part of a word otherwise", "order*", "orders", false},
		{"a dot is two empty words", ".", "", false},
		{"wildcards in a key mean nothing", "order.paid", "order.*", false},
	} {
		if got := len(newTopicTable(t, tt.pattern).matched(tt.key)) == 1; got != tt.want {
			t.Errorf("%s: pattern %q and key %q: %t, want %t", tt.rule, tt.pattern, tt.key, got, tt.want)
		}
		if got := matches(words(tt.pattern), words(tt.key)); got != tt.want {
			t.Errorf("%s: the naive matcher: pattern %q and key %q: %t, want %t", tt.rule, tt.pattern, tt.key, got, tt.want)
		}
	}
}

// TestTopicTree compares the tree with the naive matcher, while patterns come and go.
func TestTopicTree(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "", "*", "#"})
	key := rapid.Custom(func(rt *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 0, 6).Draw(rt, "words"), ".")
	})
	rapid.Check(t, func(rt *rapid.T) {
		tt := newTopicTable(t)
		room := tt.topicRoom
		bound := make(map[string]bool)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			p := key.Draw(rt, "pattern")
			if bound[p] {
				must(t, tt.ch.Unbind("q"+p, "amq.topic", p, nil))
				delete(bound, p)
			} else {
				tt.bind(t, p)
				bound[p] = true
			}
			k := key.Draw(rt, "key")
			var want []string
			for p := range bound {
				if matches(words(p), words(k)) {
					want = append(want, p)
				}
			}
			slices.Sort(want)
			if got := tt.matched(k); !slices.Equal(got, want) {
				rt.Fatalf("key %q: the tree finds %q, want %q", k, got, want)
			}
		}
		for p := range bound {
			must(t, tt.ch.Unbind("q"+p, "amq.topic", p, nil))
		}
		if tt.topicRoom != room || len(tt.exchanges["amq.topic"].router.(*topics).root.children) > 0 {
			rt.Fatalf("%d of %d words left, and the tree is not empty", tt.topicRoom, room)
		}
	})
}

// TestTopicHostile: patterns made to be slow cost no more than their nodes.
func TestTopicHostile(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	for i := range 20 {
		must(t, ch.Bind("q", "amq.topic", strings.Repeat("#.", 100)+fmt.Sprintf("x%d", i), nil))
		must(t, ch.Bind("q", "amq.topic", strings.Repeat("#.a.", 20)+fmt.Sprintf("x%d", i), nil))
	}
	if got := tb.routing.find(tb.exchanges["amq.topic"], []string{strings.Repeat("a.", 120) + "a"}, nil); len(got) != 0 {
		t.Errorf("matched %d queues, want none", len(got))
	}
	router := tb.exchanges["amq.topic"].router.(*topics)
	if used := router.limit - *router.room; used > 100 {
		t.Errorf("%d nodes, want the hashes to be one", used)
	}
}

func TestTopicRoom(t *testing.T) {
	tb := newTable(t, func(q *brokers.Quota) { q.Bindings = 2 })
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	err := ch.Bind("q", "amq.topic", strings.Repeat("a.", patternWords*2), nil)
	want(t, "too many words", fmt.Sprint(err), fmt.Sprintf("quota: this lab holds at most %d words in the patterns of topic exchanges", patternWords*2))
	want(t, "and nothing is left of it", [2]int{tb.topicRoom, tb.VHost.bindings}, [2]int{patternWords * 2, 0})
}

// matches says the same of one pattern, in a way that is easy to follow: the tree
// is tested against it.
func matches(pattern, key []string) bool {
	if len(pattern) == 0 {
		return len(key) == 0
	}
	if pattern[0] == "#" {
		return slices.ContainsFunc(tails(key), func(rest []string) bool { return matches(pattern[1:], rest) })
	}
	return len(key) > 0 && (pattern[0] == "*" || pattern[0] == key[0]) && matches(pattern[1:], key[1:])
}

// tails are what is left of a key when any number of words is taken from its front.
func tails(key []string) [][]string {
	out := [][]string{key}
	for len(key) > 0 {
		key = key[1:]
		out = append(out, key)
	}
	return out
}
