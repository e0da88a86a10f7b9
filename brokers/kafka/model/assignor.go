package model

import "slices"

// An assignor sets the target of every member: each partition of a topic that somebody has
// subscribed to goes to one of those who have. It finds in the targets what was wanted
// before. Members stand in the order in which they joined, topics by name.
type assignor func(members []*Member, topics []*Topic)

// assignors are those that a member may prefer.
var assignors = map[string]assignor{"uniform": uniform, "range": ranges}

// uniform gives all members as many partitions, give or take one, as far as their
// subscriptions allow, and moves no more partitions than that takes.
func uniform(members []*Member, topics []*Topic) {
	owner := make(map[*Partition]*Member)
	for _, m := range members {
		m.target = slices.DeleteFunc(m.target, func(p *Partition) bool {
			if p.deleted || !m.subscribes(p.Topic) || owner[p] != nil {
				return true
			}
			owner[p] = m
			return false
		})
	}
	who := make(map[*Topic][]*Member)
	for _, t := range topics {
		who[t] = subscribers(members, t)
		for _, p := range t.Partitions {
			if len(who[t]) > 0 && owner[p] == nil {
				m := slices.MinFunc(who[t], byLoad)
				m.target = append(m.target, p)
			}
		}
	}
	for {
		from, to, at := widest(members, who)
		if from == nil {
			return
		}
		to.target = append(to.target, from.target[at])
		from.target = slices.Delete(from.target, at, at+1)
	}
}

// widest finds the partition whose move makes most difference: from the member that has
// most to the one that has least of those who want it. from is nil when all are level.
func widest(members []*Member, who map[*Topic][]*Member) (from, to *Member, at int) {
	least, gap := make(map[*Topic]*Member), 1
	for _, m := range members {
		for i := len(m.target) - 1; i >= 0 && len(m.target) > gap; i-- {
			t := m.target[i].Topic
			if least[t] == nil {
				least[t] = slices.MinFunc(who[t], byLoad)
			}
			if d := len(m.target) - len(least[t].target); d > gap {
				from, to, at, gap = m, least[t], i, d
			}
		}
	}
	return from, to, at
}

// ranges gives the members that have subscribed to a topic neighbouring partitions of it.
// Topics with as many partitions and the same members are shared out alike, so that what
// has the same key ends up together.
func ranges(members []*Member, topics []*Topic) {
	for _, m := range members {
		m.target = nil
	}
	for _, t := range topics {
		who := subscribers(members, t)
		rest := t.Partitions
		for i, m := range who {
			n := len(t.Partitions) / len(who)
			if i < len(t.Partitions)%len(who) {
				n++
			}
			m.target = append(m.target, rest[:n]...)
			rest = rest[n:]
		}
	}
}

func subscribers(members []*Member, t *Topic) (out []*Member) {
	for _, m := range members {
		if m.subscribes(t) {
			out = append(out, m)
		}
	}
	return out
}

func byLoad(a, b *Member) int { return len(a.target) - len(b.target) }
