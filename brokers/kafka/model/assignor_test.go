package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAssignors: whoever comes and goes, each partition of a topic that somebody wants has
// one reader who wants it. Uniform keeps members level, as far as what they want allows,
// and moves no more than that takes; range gives neighbours.
func TestAssignors(t *testing.T) {
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 0))
		var topics []*Topic
		for i := range dice.IntN(4) + 1 {
			topic := &Topic{Name: fmt.Sprint("t", i), ID: [16]byte{byte(i)}}
			for index := range dice.Int32N(9) + 1 {
				topic.Partitions = append(topic.Partitions, &Partition{Topic: topic, Index: index})
			}
			topics = append(topics, topic)
		}
		var members []*Member
		for range 12 {
			if len(members) > 0 && dice.IntN(3) == 0 {
				i := dice.IntN(len(members))
				members = slices.Delete(members, i, i+1)
			} else {
				members = append(members, wanting(dice, topics))
			}
			alike := !slices.ContainsFunc(members, func(m *Member) bool { return !slices.Equal(m.topics, members[0].topics) })
			before := targets(members)
			uniform(members, topics)
			covers(t, members, topics)
			levelled(t, members)
			if moved, least := moves(before, targets(members)), needed(before, members); alike && moved > least {
				t.Fatalf("seed %d: %d partitions have moved, want %d", seed, moved, least)
			}
		}
		ranges(members, topics)
		covers(t, members, topics)
		for _, m := range members {
			for i := 1; i < len(m.target); i++ {
				if a, b := m.target[i-1], m.target[i]; a.Topic == b.Topic && a.Index+1 != b.Index {
					t.Fatalf("seed %d: range gives %s/%d and then %d", seed, a.Topic.Name, a.Index, b.Index)
				}
			}
		}
	}
}

func wanting(dice *rand.Rand, topics []*Topic) *Member {
	m := &Member{}
	for _, topic := range topics {
		if dice.IntN(4) > 0 {
			m.topics = append(m.topics, topic.Name)
		}
	}
	return m
}

// covers fails unless each partition that somebody wants has one owner, who wants it.
func covers(t *testing.T, members []*Member, topics []*Topic) {
	t.Helper()
	owners := targets(members)
	given := 0
	for _, m := range members {
		given += len(m.target)
	}
	if given != len(owners) {
		t.Fatal("a partition has two owners")
	}
	for _, topic := range topics {
		who := subscribers(members, topic)
		for _, p := range topic.Partitions {
			if owner := owners[p]; (owner != nil) != (len(who) > 0) || owner != nil && !slices.Contains(who, owner) {
				t.Fatalf("%s/%d goes to %+v, want one of %d", topic.Name, p.Index, owner, len(who))
			}
		}
	}
}

// levelled fails if a member could take a partition from one that has two more.
func levelled(t *testing.T, members []*Member) {
	t.Helper()
	for _, m := range members {
		for _, p := range m.target {
			for _, o := range members {
				if o.subscribes(p.Topic) && len(o.target)+1 < len(m.target) {
					t.Fatalf("a member has %d partitions, and another that wants one of them has %d", len(m.target), len(o.target))
				}
			}
		}
	}
}

func targets(members []*Member) map[*Partition]*Member {
	out := make(map[*Partition]*Member)
	for _, m := range members {
		for _, p := range m.target {
			out[p] = m
		}
	}
	return out
}

// moves counts the partitions that one member had and another has now.
func moves(before, after map[*Partition]*Member) (n int) {
	for p, owner := range before {
		if after[p] != nil && after[p] != owner {
			n++
		}
	}
	return n
}

// needed is how few moves make members level that want the same: what each had beyond its
// part, the largest parts going to those who had most.
func needed(before map[*Partition]*Member, members []*Member) (n int) {
	had, total := make(map[*Member]int), 0
	for _, owner := range before {
		had[owner]++
	}
	parts := make([]int, 0, len(members))
	for _, m := range members {
		total += len(m.target)
		parts = append(parts, had[m])
	}
	slices.SortFunc(parts, func(a, b int) int { return b - a })
	for i, part := range parts {
		fair := total / len(members)
		if i < total%len(members) {
			fair++
		}
		n += max(part-fair, 0)
	}
	return n
}
