package model

import (
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// Picture draws the cluster: its nodes, the partitions with their newest records, the
// groups with their members, and the transactions. The page makes the same picture of
// the journal alone, so nothing is drawn that the journal does not tell.
func (c *Cluster) Picture() brokers.State {
	s := brokers.State{Seq: c.journal.Last(), Places: []brokers.Place{}, Flows: []brokers.Flow{}}
	for _, n := range c.Nodes {
		s.Places = append(s.Places, brokers.Place{
			ID: nodeID(n.ID), Kind: "node", Name: nodeName(n.ID),
			Detail: map[string]any{"node": n.ID, "up": n.Up, "controller": c.Controller == n.ID},
		})
	}
	for _, t := range c.Topics() {
		for _, p := range t.Partitions {
			p.draw(&s)
		}
	}
	for _, g := range c.Groups() {
		if g.journalled {
			g.draw(&s)
		}
	}
	for _, t := range c.Transactions() {
		t.draw(&s)
	}
	return s
}

func nodeID(id int32) string         { return fmt.Sprintf("node:%d", id) }
func partitionPlace(p string) string { return "partition:" + p }

// draw adds the partition.
func (p *Partition) draw(s *brokers.State) {
	l := p.newest()
	place := brokers.Place{ID: partitionPlace(p.place), Kind: "partition", Name: p.place}
	marks := p.marks()
	offsets := []int64{}
	from := l.newest(brokers.MaxTokens)
	for at, b := range l.batches {
		first := b.from(l.start)
		if at < from && marks.alike(b) {
			count(&place, p.stateOf(b, marks, b.Base), b.records()-min(first, b.records()))
			continue
		}
		for i := first; i < b.records(); i++ {
			state := p.stateOf(b, marks, b.offset(i))
			count(&place, state, 1)
			if at >= from {
				place.Tokens = append(place.Tokens, brokers.Token{Message: b.message(i), Label: b.labels.at(i), State: state})
				offsets = append(offsets, b.offset(i))
			}
		}
	}
	more := max(len(offsets)-brokers.MaxTokens, 0)
	place.Tokens, offsets = place.Tokens[more:], offsets[more:]
	place.Detail = map[string]any{
		"topic": p.Topic.Name, "partition": p.Index, "base": l.start, "end": l.end, "hw": p.hw, "stable": p.LastStable(), "leader": p.Leader,
		"epoch": p.Epoch, "isr": slices.Clone(p.ISR), "replicas": slices.Clone(p.Replicas), "ends": p.ends(), "offsets": offsets,
	}
	s.Places = append(s.Places, place)
	if p.Leader != 0 {
		s.Flows = append(s.Flows, brokers.Flow{From: nodeID(p.Leader), To: place.ID, Label: "leads"})
	}
}

func count(place *brokers.Place, state string, n int) {
	switch state {
	case "ready":
		place.Ready += n
	case "flight":
		place.InFlight += n
	case "done":
		place.Done += n
	case "dead":
		place.Dead += n
	}
}

// marks are offsets between which the records of a partition stand alike.
type marks struct {
	known     bool       // to some group
	committed int64      // by all groups that know the partition
	given     [][2]int64 // to members, and not committed: from, to
}

func (p *Partition) marks() marks {
	m := marks{committed: p.newest().start}
	for _, g := range p.cluster.groups {
		_, began := g.began[p]
		if _, ok := g.offsets[partitionID{p.Topic.Name, p.Index}]; ok || began {
			if next := g.next(p); !m.known || next < m.committed {
				m.known, m.committed = true, next
			}
		}
	}
	for _, r := range p.readers {
		if next := r.group.next(p); next < r.at[p] {
			m.given = append(m.given, [2]int64{next, r.at[p]})
		}
	}
	return m
}

// alike reports whether no mark stands between the records of a batch.
func (m marks) alike(b *Batch) bool {
	inside := func(o int64) bool { return b.Base < o && o < b.End() }
	return !inside(m.committed) && !slices.ContainsFunc(m.given, func(g [2]int64) bool { return inside(g[0]) || inside(g[1]) })
}

// stateOf tells how a record stands: dead if its transaction was aborted, done when every
// group that knows the partition is past it, in flight when a member was given it.
func (p *Partition) stateOf(b *Batch, m marks, offset int64) string {
	switch {
	case b.Transactional() && p.wasAborted(b):
		return "dead"
	case m.known && offset < m.committed:
		return "done"
	case slices.ContainsFunc(m.given, func(g [2]int64) bool { return g[0] <= offset && offset < g[1] }):
		return "flight"
	}
	return "ready"
}

// ends tells how far each replica is, by node.
func (p *Partition) ends() map[string]int64 {
	out := make(map[string]int64)
	for _, id := range p.Replicas {
		out[fmt.Sprint(id)] = p.logs[id].end
	}
	return out
}

// newest returns the index of the first of the last batches that hold n records together.
func (l *Log) newest(n int) int {
	i := len(l.batches)
	for ; i > 0 && n > 0; i-- {
		n -= l.batches[i-1].records()
	}
	return i
}

// draw adds the group and its members, with where each is and how far behind.
func (g *Group) draw(s *brokers.State) {
	offsets := make(map[string]int64)
	for _, o := range g.Offsets() {
		offsets[place(o.Topic, o.Index)] = o.At
	}
	id := "group:" + g.ID
	members := slices.DeleteFunc(slices.Clone(g.order), func(m *Member) bool { return !m.joined })
	s.Places = append(s.Places, brokers.Place{
		ID: id, Kind: "group", Name: g.ID,
		Detail: map[string]any{
			"state": string(g.state), "generation": g.Generation, "protocol": g.Protocol, "members": len(members), "offsets": offsets,
		},
	})
	for _, m := range members {
		member := brokers.Place{ID: "consumer:" + g.ID + "/" + m.ID, Kind: "consumer", Name: m.ID}
		positions, lag := make(map[string]int64), make(map[string]int64)
		for _, p := range m.reads {
			next := g.next(p)
			lag[p.place] = max(p.hw-next, 0)
			if at, ok := m.at[p]; ok {
				positions[p.place] = at
				member.InFlight += p.newest().recordsIn(next, at)
			}
			s.Flows = append(s.Flows, brokers.Flow{From: partitionPlace(p.place), To: member.ID})
		}
		member.Detail = map[string]any{
			"group": g.ID, "client": m.Client, "member": m.ID, "instance": m.Instance, "leader": g.Leader == m.ID, "positions": positions, "lag": lag,
		}
		s.Places = append(s.Places, member)
		s.Flows = append(s.Flows, brokers.Flow{From: member.ID, To: id, Label: "member"})
	}
}

// draw adds the transaction, once it has begun.
func (t *Transaction) draw(s *brokers.State) {
	state := "aborted"
	switch {
	case t.open:
		state = "open"
	case !t.ending:
		return
	case t.committed:
		state = "committed"
	}
	place := brokers.Place{ID: "transaction:" + t.ID, Kind: "transaction", Name: t.ID, Detail: map[string]any{"state": state}}
	s.Places = append(s.Places, place)
	for _, topic := range t.cluster.Topics() {
		for _, p := range topic.Partitions {
			if _, open := p.open[t.Producer]; open {
				s.Flows = append(s.Flows, brokers.Flow{From: place.ID, To: partitionPlace(p.place), Label: "writes"})
			}
		}
	}
}
