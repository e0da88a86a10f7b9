package model

import (
	"fmt"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// Picture draws the cluster: its nodes, the partitions with their newest records, and
// the members of groups that read them. A record is a token of its partition: ready
// below no group's offset, in flight when it was given to a member, done when every group
// that reads the partition has committed it.
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
		g.draw(&s)
	}
	return s
}

func nodeID(id int32) string         { return fmt.Sprintf("node:%d", id) }
func partitionPlace(p string) string { return "partition:" + p }

// draw adds the partition: what all its groups have committed is done.
func (p *Partition) draw(s *brokers.State) {
	l := p.longest()
	committed, given := p.hw, l.start
	if len(p.readers) == 0 {
		committed, given = l.start, l.start
	}
	for _, m := range p.readers {
		committed = min(committed, m.group.next(p))
		given = max(given, m.group.reached[p])
	}
	done := p.recordsIn(l.start, committed)
	flight := p.recordsIn(committed, given)
	place := brokers.Place{
		ID: partitionPlace(p.place), Kind: "partition", Name: p.place,
		Done: done, InFlight: flight, Ready: p.recordsIn(max(committed, given), l.end),
		Detail: map[string]any{
			"topic": p.Topic.Name, "partition": p.Index, "base": l.start, "end": l.end, "hw": p.hw, "leader": p.Leader,
			"epoch": p.Epoch, "isr": slices.Clone(p.ISR), "replicas": slices.Clone(p.Replicas), "ends": p.ends(),
		},
	}
	for _, b := range p.newest(brokers.MaxTokens) {
		for i := b.from(l.start); i < b.records(); i++ {
			state := "ready"
			switch offset := b.offset(i); {
			case offset < committed:
				state = "done"
			case offset < given:
				state = "flight"
			}
			place.Tokens = append(place.Tokens, brokers.Token{Message: b.message(i), Label: b.labels.at(i), State: state})
		}
	}
	place.Tokens = place.Tokens[max(len(place.Tokens)-brokers.MaxTokens, 0):]
	s.Places = append(s.Places, place)
	if p.Leader != 0 {
		s.Flows = append(s.Flows, brokers.Flow{From: nodeID(p.Leader), To: place.ID, Label: "leads"})
	}
}

// ends tells how far each replica is, by node.
func (p *Partition) ends() map[string]int64 {
	out := make(map[string]int64)
	for _, id := range p.Replicas {
		out[fmt.Sprint(id)] = p.logs[id].end
	}
	return out
}

// newest returns the last batches that hold n records together.
func (p *Partition) newest(n int) []*Batch {
	batches := p.longest().batches
	i := len(batches)
	for ; i > 0 && n > 0; i-- {
		n -= batches[i-1].records()
	}
	return batches[i:]
}

// draw adds the group and its members, with what each has still to commit.
func (g *Group) draw(s *brokers.State) {
	offsets := make(map[string]int64)
	for _, o := range g.Offsets() {
		offsets[place(o.Topic, o.Index)] = o.At
	}
	id := "group:" + g.ID
	s.Places = append(s.Places, brokers.Place{
		ID: id, Kind: "group", Name: g.ID,
		Detail: map[string]any{
			"state": string(g.state), "generation": g.Generation, "protocol": g.Protocol, "members": len(g.order),
			"coordinator": g.coordinator, "offsets": offsets,
		},
	})
	for _, m := range g.order {
		member := brokers.Place{ID: "consumer:" + g.ID + "/" + m.ID, Kind: "consumer", Name: m.ID}
		positions, lag := make(map[string]int64), make(map[string]int64)
		for _, p := range m.reads {
			next := g.next(p)
			positions[p.place], lag[p.place] = next, max(p.hw-next, 0)
			member.InFlight += p.recordsIn(next, max(next, g.reached[p]))
			s.Flows = append(s.Flows, brokers.Flow{From: partitionPlace(p.place), To: member.ID})
		}
		member.Detail = map[string]any{
			"group": g.ID, "client": m.Client, "member": m.ID, "instance": m.Instance, "leader": g.Leader == m.ID, "positions": positions, "lag": lag,
		}
		s.Places = append(s.Places, member)
		s.Flows = append(s.Flows, brokers.Flow{From: member.ID, To: id, Label: "member"})
	}
}
