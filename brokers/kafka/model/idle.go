package model

import (
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// Idle counts what a run still waits for: records that a group's members have yet to be
// given are ready, and those that they were given and have not committed are in flight.
// A reader of no group commits nothing: it is waited for only while it has not been given
// what it asks for.
func (c *Cluster) Idle() (idle brokers.Idle) {
	for _, t := range c.topics {
		for _, p := range t.Partitions {
			for _, m := range p.readers {
				at := m.group.next(p)
				reached := max(at, min(m.group.reached[p], p.hw))
				idle.InFlight += p.recordsIn(at, reached)
				if p.Leader != 0 {
					idle.Ready += p.recordsIn(reached, p.LastStable())
				}
			}
			idle.InFlight += len(p.waiting)
		}
	}
	for _, g := range c.groups {
		for _, m := range g.order {
			if m.join != nil || m.sync != nil || g.Type == Consumer && !m.settled() {
				idle.InFlight++ // a round, or what stands for it, is under way
			}
		}
	}
	return idle
}

// next is the offset at which a group goes on: what it has committed or, before that,
// the start of the log.
func (g *Group) next(p *Partition) int64 {
	if o, ok := g.Offset(p.Topic.Name, p.Index); ok {
		return o.At
	}
	if from, ok := g.began[p]; ok {
		return from
	}
	return p.hw
}

// recordsIn counts the records between two offsets.
func (p *Partition) recordsIn(from, to int64) int { return p.newest().recordsIn(from, to) }

// recordsIn counts the records between two offsets.
func (l *Log) recordsIn(from, to int64) (n int) {
	from = max(from, l.start)
	if from >= to {
		return 0
	}
	for _, b := range l.batches[l.find(from):] {
		if b.Base >= to {
			break
		}
		n += min(b.from(to), b.records()) - min(b.from(from), b.records())
	}
	return n
}

// Cut is called when a fault has cut off every client: the sessions of members end at
// once, and transactions that are open are aborted.
func (c *Cluster) Cut(reason string) {
	longest := time.Duration(0)
	now := c.clock.Now()
	for _, g := range c.Groups() {
		for _, m := range g.Members() {
			longest = max(longest, m.due.Sub(now))
		}
	}
	if longest > 0 {
		c.record(brokers.Event{Kind: brokers.Skipped, N: longest.Milliseconds(), Reason: "sessions of members that are gone"})
	}
	for _, g := range c.Groups() {
		for id := range g.promised {
			g.forgetPromise(id)
		}
		for _, m := range g.Members() {
			m.join, m.sync = nil, nil
			g.remove(m, reason)
		}
		if g.state != Empty {
			g.Generation++
			g.rest()
		}
	}
	for _, t := range c.Transactions() {
		if t.open {
			t.end(false, reason)
			t.bump()
		}
	}
}
