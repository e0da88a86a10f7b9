package model

import (
	"cmp"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// bump begins a new epoch, with a new target for every member. Nobody is called together:
// each hears of it with the answer to its next heartbeat.
func (g *Group) bump(why string) {
	g.record(brokers.Event{Kind: brokers.Rebalancing, Tag: uint64(g.Generation), Reason: why})
	g.state = Preparing
	g.epoch++
	g.shape, g.subscribed = g.cluster.shape, g.subscription()
	g.assignor = g.prefer()
	assignors[g.assignor](g.order, g.cluster.Topics())
}

// subscription is what members have subscribed to: how many partitions each topic has.
func (g *Group) subscription() map[[16]byte]int {
	out := make(map[[16]byte]int)
	for _, t := range g.cluster.topics {
		if slices.ContainsFunc(g.order, func(m *Member) bool { return m.subscribes(t) }) {
			out[t.ID] = len(t.Partitions)
		}
	}
	return out
}

// Topics are the names of those to which members of a group with the consumer protocol
// have subscribed, in order.
func (g *Group) Topics() []string {
	names := []string{}
	for _, t := range g.cluster.Topics() {
		if slices.ContainsFunc(g.order, func(m *Member) bool { return m.subscribes(t) }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// topicsChanged reports whether what members have subscribed to has other partitions than
// when the target was made. It looks closely only when some topic has changed.
func (g *Group) topicsChanged() bool {
	if g.shape == g.cluster.shape {
		return false
	}
	g.shape = g.cluster.shape
	now := g.subscription()
	if len(now) != len(g.subscribed) {
		return true
	}
	for id, n := range now {
		if had, known := g.subscribed[id]; !known || had != n {
			return true
		}
	}
	return false
}

// prefer is the assignor that most members prefer, uniform if nobody does.
func (g *Group) prefer() string {
	votes := make(map[string]int)
	best := "uniform"
	for _, m := range g.order {
		if m.assignor == "" {
			continue
		}
		if votes[m.assignor]++; votes[m.assignor] > votes[best] {
			best = m.assignor
		}
	}
	return best
}

// reconcile brings a member as far towards its target as it can get now. owned is what
// the member says it owns; nil: it has not said.
func (m *Member) reconcile(owned map[*Partition]bool) {
	g := m.group
	has := func(p *Partition) bool { return owned == nil || owned[p] }
	if len(m.revoking) > 0 {
		if slices.ContainsFunc(m.revoking, has) {
			return // it has yet to give them up
		}
		m.gaveUp()
	}
	if m.epoch != g.epoch {
		surplus := without(m.reads, m.target)
		if slices.ContainsFunc(surplus, has) {
			m.revoke(surplus)
			return
		}
		m.release(surplus)
		m.advance(g.epoch)
		g.Generation, g.Protocol = g.epoch, g.assignor
		g.recordJoined(m, "")
	}
	if m.told == m.epoch && m.settled() {
		return
	}
	if gained := m.gain(); len(gained) > 0 || m.told != m.epoch {
		m.recordShare(gained)
	}
}

// revoke tells a member to give partitions up. It reads them until it says that it does
// not any more, or its time is over.
func (m *Member) revoke(surplus []*Partition) {
	g := m.group
	m.revoking, m.revokingFor = surplus, g.epoch
	m.patience = g.cluster.after(m.Rebalance, func() {
		if !m.gone && len(m.revoking) > 0 {
			g.remove(m, "rebalance.timeout.ms")
			g.lost("a member has not given up its partitions in time")
		}
	})
}

// gaveUp frees what the member was told to give up: as far as that goes it has reached the
// target that wanted it, though there may be a newer one by now.
func (m *Member) gaveUp() {
	m.release(m.revoking)
	m.stay()
	if m.revokingFor < m.group.epoch {
		m.advance(m.revokingFor)
		m.recordShare(nil)
	}
}

// stay takes back what the member was told to give up.
func (m *Member) stay() {
	m.revoking = nil
	if m.patience != nil {
		m.patience.Stop()
	}
}

func (m *Member) advance(epoch int32) { m.before, m.epoch = m.epoch, epoch }

// release takes partitions away from a member: others may have them.
func (m *Member) release(gone []*Partition) {
	for _, p := range gone {
		p.readers = slices.DeleteFunc(p.readers, func(o *Member) bool { return o == m })
		delete(m.since, p)
		delete(m.at, p)
	}
	m.reads = without(m.reads, gone)
}

// gain gives a member those partitions of its target that nobody else in the group has.
func (m *Member) gain() (gained []*Partition) {
	for _, p := range without(m.target, m.reads) {
		if p.deleted || slices.ContainsFunc(p.readers, func(o *Member) bool { return o.group == m.group }) {
			continue
		}
		p.readers = append(p.readers, m)
		m.reads = append(m.reads, p)
		m.since[p] = m.epoch
		gained = append(gained, p)
	}
	return gained
}

// assigned is what a member may read, in order.
func (m *Member) assigned() []*Partition {
	out := without(m.reads, m.revoking)
	slices.SortFunc(out, byPlace)
	return out
}

// settled reports whether a member has reached its target.
func (m *Member) settled() bool {
	return m.epoch == m.group.epoch && len(m.revoking) == 0 && len(m.reads) == len(m.target)
}

// forgetPartition drops a partition that was deleted.
func (m *Member) forgetPartition(p *Partition) {
	gone := []*Partition{p}
	m.reads, m.target, m.revoking = without(m.reads, gone), without(m.target, gone), without(m.revoking, gone)
	delete(m.since, p)
	delete(m.matches, p.Topic)
}

// without returns a new list of those that are not among the others.
func without(of, others []*Partition) (out []*Partition) {
	for _, p := range of {
		if !slices.Contains(others, p) {
			out = append(out, p)
		}
	}
	return out
}

func byPlace(a, b *Partition) int {
	return cmp.Or(cmp.Compare(a.Topic.Name, b.Topic.Name), cmp.Compare(a.Index, b.Index))
}

// partitionsOf finds partitions that are named by their topics' ids. What is not there any
// more is left out; nil stays nil.
func (c *Cluster) partitionsOf(owned []Owned) map[*Partition]bool {
	if owned == nil {
		return nil
	}
	out := make(map[*Partition]bool)
	for _, o := range owned {
		t := c.byID[o.Topic]
		for _, index := range o.Partitions {
			if t != nil && index >= 0 && int(index) < len(t.Partitions) {
				out[t.Partitions[index]] = true
			}
		}
	}
	return out
}

// ownedOf names partitions, which stand in order, by their topics' ids. It is never nil.
func ownedOf(partitions []*Partition) []Owned {
	out := []Owned{}
	for _, p := range partitions {
		if n := len(out); n == 0 || out[n-1].Topic != p.Topic.ID {
			out = append(out, Owned{Topic: p.Topic.ID})
		}
		last := &out[len(out)-1]
		last.Partitions = append(last.Partitions, p.Index)
	}
	return out
}
