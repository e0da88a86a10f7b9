package property

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

var logParams = map[string]Params{
	"no-commit-before-effect":     {"topic": "t", "service": "ledger", "group": "g"},
	"every-record-done":           {"topic": "t", "service": "ledger", "group": "g", "except": []any{"never"}},
	"all-committed":               {"topic": "t", "group": "g"},
	"topic-declared":              {"topic": "t", "partitions": 2},
	"read-whole":                  {"topic": "t"},
	"no-repeats":                  {"topic": "t", "service": "ledger"},
	"spread-over":                 {"topic": "t", "partitions": 2},
	"no-duplicates":               {"topic": "t"},
	"per-key-order":               {"topic": "t", "order": map[string]any{"u1": []any{"a", "b"}, "u2": []any{"c"}}},
	"replayed-from":               {"topic": "t", "from": map[string]any{"t/0": 1, "t/1": 0}},
	"group-covers-all-partitions": {"topic": "t", "group": "g", "partitions": 2, "members": 2},
	"replicated-to":               {"topic": "t", "replicas": 2},
	"results-exactly":             {"topic": "t", "results": []any{"KZ 3", "UZ 1"}},
	"written-all":                 {"topic": "t", "service": "outbox"},
	"records-done-once":           {"topic": "t", "service": "ledger"},
}

// stored adds a record at an offset of a partition, on node 1. Its number is that
// of the event.
func (s *story) stored(place string, offset uint64, key, label string) *story {
	return s.add(brokers.Event{Kind: brokers.Published, Source: "kafka", Place: place, Tag: offset, Key: key, Label: label, Message: uint64(len(s.events) + 1), Node: 1, Client: "p", Line: 20})
}

// stores adds records to t/0, without keys.
func stores(labels ...string) *story {
	s := &story{}
	for i, label := range labels {
		s.stored("t/0", uint64(i), "", label)
	}
	return s
}

func (s *story) reads(place string, offset uint64) *story {
	return s.add(brokers.Event{Kind: brokers.Delivered, Source: "kafka", Place: place, Tag: offset, Group: "g", Consumer: "m1", Client: "c"})
}

func (s *story) commits(place string, offset uint64) *story {
	return s.add(brokers.Event{Kind: brokers.Committed, Source: "kafka", Place: place, Tag: offset, Group: "g", Consumer: "m1", Client: "c", Line: 30})
}

func (s *story) group(kind brokers.Kind, member, place string, generation uint64, n int64) *story {
	return s.add(brokers.Event{Kind: kind, Source: "kafka", Group: "g", Consumer: member, Place: place, Tag: generation, N: n})
}

// shares has members m1, m2, … take the partitions of a generation, in turn.
func (s *story) shares(generation uint64, places ...string) *story {
	for i, place := range places {
		s.group(brokers.Assigned, []string{"m1", "m2"}[i%2], place, generation, 0)
	}
	return s
}

func two() *story {
	return (&story{}).group(brokers.Joined, "m1", "", 1, 1).group(brokers.Joined, "m2", "", 1, 2)
}

func (s *story) span(kind brokers.Kind, node int, offset uint64, n int64) *story {
	return s.add(brokers.Event{Kind: kind, Source: "kafka", Place: "t/0", Node: node, Tag: offset, N: n})
}

func logged() []ruling {
	return []ruling{
		{"effect, then commit", "no-commit-before-effect", stores("a", "b").reads("t/0", 0).charged("a").commits("t/0", 1).reads("t/0", 1).charged("b").commits("t/0", 2), "", nil},
		{"both at once", "no-commit-before-effect", stores("a", "b").reads("t/0", 0).reads("t/0", 1).charged("a").charged("b").commits("t/0", 2), "", nil},
		{"one of a batch is missing", "no-commit-before-effect", stores("a", "b").reads("t/0", 0).reads("t/0", 1).charged("a").commits("t/0", 2).charged("b"), "committed-early", []uint64{4, 6, 7}},
		{"the commit comes first", "no-commit-before-effect", stores("a").reads("t/0", 0).commits("t/0", 1).charged("a"), "committed-early", []uint64{2, 3, 4}},
		{"the offset that was read is not past it", "no-commit-before-effect", stores("a").reads("t/0", 0).commits("t/0", 0).charged("a").commits("t/0", 1), "", nil},
		{"another partition", "no-commit-before-effect", stores("a").reads("t/0", 0).commits("t/1", 1).charged("a"), "", nil},
		{"moved past what it never read", "no-commit-before-effect", stores("a").commits("t/0", 1), "committed-unread", []uint64{1, 2}},
		{"another topic", "no-commit-before-effect", (&story{}).stored("tt/0", 0, "", "a").commits("tt/0", 1), "never-committed", nil},
		{"no commit", "no-commit-before-effect", stores("a").reads("t/0", 0).charged("a"), "never-committed", nil},
		{"what has no name", "no-commit-before-effect", stores("").reads("t/0", 0).commits("t/0", 1), "", nil},

		{"all done", "every-record-done", stores("a", "never", "").reads("t/0", 0).charged("a"), "", nil},
		{"after a crash", "every-record-done", stores("a").reads("t/0", 0).crash().reads("t/0", 0).charged("a").commits("t/0", 1), "", nil},
		{"committed, then a crash", "every-record-done", stores("a").reads("t/0", 0).commits("t/0", 1).crash(), "record-lost", []uint64{2, 3, 4}},
		{"refused, committed", "every-record-done", stores("a").reads("t/0", 0).unavailable("a").commits("t/0", 1), "record-lost", []uint64{2, 3, 4}},
		{"a lost one outweighs one undone", "every-record-done", stores("a", "b", "c").charged("c").reads("t/0", 1).crash().commits("t/0", 0).stored("t/1", 0, "", "d").commits("t/1", 1), "record-lost", []uint64{8, 9}},
		{"another sum", "every-record-done", stores("a", "never").reads("t/0", 0).add(brokers.Event{Kind: brokers.Effect, Source: "ledger", Label: "a", N: 1, Reason: Want + "2"}), "wrong-amount", []uint64{1, 4}},
		{"as wanted", "topic-declared", (&story{}).add(brokers.Event{Kind: brokers.Declared, Place: "t", N: 2}), "", nil},
		{"too few partitions", "topic-declared", (&story{}).add(brokers.Event{Kind: brokers.Declared, Place: "t", N: 1}), "wrong-partitions", []uint64{1}},
		{"grown", "topic-declared", (&story{}).add(brokers.Event{Kind: brokers.Declared, Place: "t", N: 1}).add(brokers.Event{Kind: brokers.Elected, Place: "tt/4", Node: 1}).
			add(brokers.Event{Kind: brokers.Elected, Place: "t/1", Node: 1}), "", nil},
		{"made and deleted", "topic-declared", (&story{}).add(brokers.Event{Kind: brokers.Declared, Place: "t", N: 2}).add(brokers.Event{Kind: brokers.Deleted, Place: "t"}), "no-topic", nil},
		{"all of it", "read-whole", stores("a", "b").reads("t/0", 0).reads("t/0", 1), "", nil},
		{"one is missing", "read-whole", stores("a", "b").reads("t/0", 0), "read-partly", []uint64{2}},
		{"all are missing", "read-whole", stores("a"), "nothing-read", []uint64{1}},
		{"there is nothing", "read-whole", &story{}, "log-empty", nil},
		{"each once", "no-repeats", stores("a", "b").charged("a").charged("b"), "", nil},
		{"one of them twice", "no-repeats", stores("a", "b").charged("a").charged("b").charged("b"), "record-repeated", []uint64{2, 4, 5}},
		{"no effect at all", "no-repeats", stores("a"), "no-record-done", nil},
		{"two partitions", "spread-over", stores("a").stored("t/1", 0, "", "b"), "", nil},
		{"one is too few", "spread-over", stores("a", "b", "c"), "not-spread", []uint64{1, 3}},
		{"nothing to spread", "spread-over", &story{}, "log-empty", nil},
		{"to the end", "all-committed", stores("a", "b").reads("t/0", 0).reads("t/0", 1).commits("t/0", 1).commits("t/0", 2), "", nil},
		{"the offset of the last one", "all-committed", stores("a", "b").reads("t/0", 0).reads("t/0", 1).commits("t/0", 1), "left-uncommitted", []uint64{2, 4, 5}},
		{"back again", "all-committed", stores("a", "b").reads("t/0", 0).reads("t/0", 1).commits("t/0", 2).commits("t/0", 1), "left-uncommitted", []uint64{2, 4, 6}},
		{"one partition is left", "all-committed", stores("a").stored("t/1", 0, "", "b").reads("t/0", 0).commits("t/0", 1), "left-uncommitted", []uint64{2}},
		{"read only", "all-committed", stores("a").reads("t/0", 0), "never-committed", nil},
		{"never read", "every-record-done", stores("a", "b").reads("t/0", 0).charged("a"), "record-undone", []uint64{2}},
		{"nothing", "every-record-done", stores("a").reads("t/0", 0), "no-record-done", []uint64{2}},

		{"each once", "no-duplicates", stores("a", "b", "", ""), "", nil},
		{"sent again, known", "no-duplicates", stores("a").add(brokers.Event{Kind: brokers.Duplicate, Place: "t/0", Label: "a"}), "", nil},
		{"sent again, stored again", "no-duplicates", stores("a", "b", "a"), "in-log-twice", []uint64{1, 3}},
		{"in two partitions", "no-duplicates", stores("a").stored("t/1", 0, "", "a"), "in-log-twice", []uint64{1, 2}},
		{"an empty log", "no-duplicates", &story{}, "log-empty", nil},

		{"in order", "per-key-order", (&story{}).stored("t/0", 0, "u1", "a").stored("t/1", 0, "u2", "c").stored("t/0", 1, "u1", "b"), "", nil},
		{"one twice", "per-key-order", (&story{}).stored("t/0", 0, "u1", "a").stored("t/0", 1, "u1", "a").stored("t/0", 2, "u1", "b").stored("t/1", 0, "u2", "c"), "", nil},
		{"the wrong way round", "per-key-order", (&story{}).stored("t/0", 0, "u1", "b").stored("t/0", 1, "u1", "a").stored("t/1", 0, "u2", "c"), "out-of-order", []uint64{1, 2}},
		{"in two partitions", "per-key-order", (&story{}).stored("t/0", 0, "u1", "a").stored("t/1", 1, "u1", "b").stored("t/1", 0, "u2", "c"), "key-scattered", []uint64{1, 2}},
		{"no key", "per-key-order", (&story{}).stored("t/0", 0, "", "a").stored("t/0", 1, "u1", "b").stored("t/1", 0, "u2", "c"), "key-wrong", []uint64{1}},
		{"one is missing", "per-key-order", (&story{}).stored("t/0", 0, "u1", "a").stored("t/1", 0, "u2", "c"), "record-missing", nil},
		{"an empty log", "per-key-order", &story{}, "log-empty", nil},

		{"from there on", "replayed-from", stores("a", "b", "c").stored("t/1", 0, "", "d").reads("t/0", 1).reads("t/1", 0).reads("t/0", 2), "", nil},
		{"from the beginning", "replayed-from", stores("a", "b").reads("t/0", 0).reads("t/0", 1).reads("t/1", 0), "replayed-too-much", []uint64{3}},
		{"from the end", "replayed-from", stores("a", "b", "c").reads("t/0", 2).reads("t/1", 0), "replayed-too-little", []uint64{4}},
		{"one partition only", "replayed-from", stores("a", "b").reads("t/0", 1), "not-replayed", nil},
		{"stopped half way", "replayed-from", stores("a", "b", "c").reads("t/0", 1).reads("t/1", 0), "replay-stopped", []uint64{3, 4}},

		{"shared out", "group-covers-all-partitions", two().shares(1, "t/0", "t/1"), "", nil},
		{"step by step", "group-covers-all-partitions", two().shares(1, "t/0").shares(2, "t/0", "t/1"), "", nil},
		{"one leaves, the other takes over", "group-covers-all-partitions", two().shares(1, "t/0", "t/1").group(brokers.Left, "m2", "", 0, 1).group(brokers.Assigned, "m1", "t/0", 2, 0).group(brokers.Assigned, "m1", "t/1", 2, 0), "", nil},
		{"nobody takes over", "group-covers-all-partitions", two().shares(1, "t/0", "t/1").group(brokers.Left, "m2", "", 0, 1).group(brokers.Assigned, "m1", "t/0", 2, 0), "uncovered", []uint64{6}},
		{"one member", "group-covers-all-partitions", (&story{}).group(brokers.Joined, "m1", "", 1, 1).shares(1, "t/0").group(brokers.Assigned, "m1", "t/1", 1, 0), "too-few-members", []uint64{1}},
		{"two owners", "group-covers-all-partitions", two().shares(1, "t/0", "t/0"), "owned-twice", []uint64{3, 4}},
		{"no group", "group-covers-all-partitions", &story{}, "no-group", nil},

		{"a copy, then the confirm", "replicated-to", stores("a", "b").span(brokers.Replicated, 2, 0, 2).span(brokers.Confirmed, 0, 0, 2), "", nil},
		{"the confirm first", "replicated-to", stores("a").span(brokers.Confirmed, 0, 0, 1).span(brokers.Replicated, 2, 0, 1), "confirmed-alone", []uint64{1, 2}},
		{"the leader is no second copy", "replicated-to", stores("a").span(brokers.Replicated, 1, 0, 1).span(brokers.Confirmed, 0, 0, 1), "confirmed-alone", []uint64{1, 3}},
		{"half of a batch", "replicated-to", stores("a", "b").span(brokers.Replicated, 2, 0, 1).span(brokers.Confirmed, 0, 0, 2), "confirmed-alone", []uint64{2, 4}},
		{"confirmed, and lost", "replicated-to", stores("a").span(brokers.Confirmed, 0, 0, 1).span(brokers.Lost, 0, 0, 0), "confirmed-lost", []uint64{1, 2, 3}},
		{"lost, never confirmed", "replicated-to", stores("a", "b").span(brokers.Replicated, 2, 0, 1).span(brokers.Confirmed, 0, 0, 1).span(brokers.Lost, 0, 1, 0), "", nil},
		{"no confirms", "replicated-to", stores("a"), "never-confirmed", nil},
	}
}

// TestOffsetsWithoutEnd: a commit may name any offset; it is read in the time that
// the records take.
func TestOffsetsWithoutEnd(t *testing.T) {
	s := stores("a", "b").commits("t/0", 1<<63).commits("t/0", 1<<63)
	if got := noCommitBeforeEffect(s.events, logParams["no-commit-before-effect"]); got.Message != "committed-unread" || got.Facts.Label != "a" {
		t.Errorf("got %+v, want committed-unread of a", got)
	}
}

// TestAnotherGroup: who commits under a wrong name is told of that group.
func TestAnotherGroup(t *testing.T) {
	s := stores("a").reads("t/0", 0).charged("a").commits("t/0", 1) // by the group g
	for _, name := range []string{"all-committed", "no-commit-before-effect"} {
		got := Funcs[name](s.events, Params{"topic": "t", "group": "charges", "service": "ledger"})
		if got.Message != "never-committed" || got.Facts.To != "g" || got.Facts.Line != 30 || len(got.Events) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
