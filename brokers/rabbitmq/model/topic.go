package model

import (
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// topics gives a message to the bindings whose pattern its routing key matches.
// Keys and patterns are words with dots between them; in a pattern * stands for
// one word and # for any number of them, none included.
//
// The patterns form a tree, word by word, so that what they have in common is
// looked at once. A key walks down all its ways through the tree at the same time:
// after each word there is a set of nodes where it may stand. No node is in the set
// twice, so a key costs at most its words times the nodes, whatever the patterns
// are. Trying one way after the other would take forever on #.#.#.#.
type topics struct {
	root      topicNode
	room      *int // nodes that all topic exchanges may still make together
	limit     int
	now, next []*topicNode // the set, and the one after the next word
	step      uint64       // of all walks: what a node was last reached in
}

// A topicNode is a place between two words of a pattern.
type topicNode struct {
	parent   *topicNode
	word     string // leads here from the parent
	children map[string]*topicNode
	bindings []*binding // whose patterns end here
	reached  uint64
}

func newTopics(room *int) *topics { return &topics{room: room, limit: *room} }

// words splits a key. The empty key has no words.
func words(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, ".")
}

// pattern splits a binding key. A run of wildcards with a # in it means "so many
// words, or more": it is written as its stars and then one #, so that the same
// meaning is the same way through the tree.
func pattern(key string) []string {
	var out []string
	hash := false // to be written after the stars that may follow
	for _, word := range words(key) {
		if word == "#" {
			hash = true
			continue
		}
		if hash && word != "*" {
			out, hash = append(out, "#"), false
		}
		out = append(out, word)
	}
	if hash {
		out = append(out, "#")
	}
	return out
}

func (t *topics) add(b *binding) error {
	way := pattern(b.key)
	n, known := &t.root, 0
	for known < len(way) && n.children[way[known]] != nil {
		n = n.children[way[known]]
		known++
	}
	if len(way)-known > *t.room {
		return &brokers.QuotaError{What: "words in the patterns of topic exchanges", Limit: t.limit}
	}
	for _, word := range way[known:] {
		if n.children == nil {
			n.children = make(map[string]*topicNode)
		}
		child := &topicNode{parent: n, word: word}
		n.children[word] = child
		n = child
		*t.room--
	}
	n.bindings = append(n.bindings, b)
	return nil
}

// remove takes a binding out, and the nodes that nobody needs any more.
func (t *topics) remove(b *binding) {
	n := &t.root
	for _, word := range pattern(b.key) {
		n = n.children[word]
	}
	n.bindings = without(n.bindings, b)
	for n.parent != nil && len(n.bindings) == 0 && len(n.children) == 0 {
		delete(n.parent.children, n.word)
		n = n.parent
		*t.room++
	}
}

func (t *topics) route(r *routing, key string, _ wire.Table) {
	t.step++
	t.now = t.enter(t.now[:0], &t.root)
	for rest := key; key != ""; {
		word, after, more := strings.Cut(rest, ".")
		t.step++
		t.next = t.next[:0]
		for _, n := range t.now {
			if n.word == "#" {
				t.next = t.enter(t.next, n) // it takes this word too
			}
			t.next = t.enter(t.next, n.children[word])
			t.next = t.enter(t.next, n.children["*"])
		}
		t.now, t.next = t.next, t.now
		if !more {
			break
		}
		rest = after
	}
	for _, n := range t.now {
		r.addAll(n.bindings)
	}
}

// enter adds a node to a set, if there is one and it is not in it yet, and with it
// the # after it, which may stand for no word at all.
func (t *topics) enter(set []*topicNode, n *topicNode) []*topicNode {
	for n != nil && n.reached != t.step {
		n.reached = t.step
		set = append(set, n)
		n = n.children["#"]
	}
	return set
}
