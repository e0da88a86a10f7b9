package model

import (
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// elect sees to it that a node that is up leads, if there is a fitting one: the first
// of the replicas that are in sync, or, if the topic allows it, the first of all. Only
// the former has every record that was committed.
func (p *Partition) elect(why string) {
	if p.Leader != 0 && p.cluster.up(p.Leader) {
		return
	}
	for _, id := range p.Replicas {
		if p.cluster.up(id) && slices.Contains(p.ISR, id) {
			p.lead(id, why)
			return
		}
	}
	if p.Topic.set.unclean {
		for _, id := range p.Replicas {
			if p.cluster.up(id) {
				p.lead(id, "unclean: "+why)
				return
			}
		}
	}
	if p.Leader != 0 || why == created {
		p.lead(0, why)
	}
}

// created is why a partition has its first leader.
const created = "created"

// lead makes a node the leader; 0 is none. What the log of the one before had and the
// new one has not is lost.
func (p *Partition) lead(node int32, why string) {
	before := p.newest()
	p.Leader = node
	p.Epoch++
	e := brokers.Event{Kind: brokers.Elected, Node: int(node), Tag: uint64(p.Epoch), Reason: why}
	if why == created {
		e.Detail = map[string]any{"replicas": slices.Clone(p.Replicas)}
	}
	p.record(e)
	p.fail(NotLeaderOrFollower)
	if node == 0 {
		return
	}
	l := p.leader()
	if !slices.Contains(p.ISR, node) {
		p.ISR = []int32{node}
	}
	p.hw = min(p.hw, l.end)
	p.led = l.end
	p.lose(before)
	p.rebuild()
	p.recount()
	for _, id := range p.Replicas {
		if id != node && p.cluster.up(id) {
			p.follow(id)
			p.cluster.pullLater(id, p)
		}
	}
	p.advance()
	p.finishTransactions()
}

// lose notes the records that the leader does not have, and another log has.
func (p *Partition) lose(before *Log) {
	l := p.leader()
	if l == before {
		return
	}
	at := l.common(before)
	for _, b := range before.batches[before.find(at):] {
		if b.Base < at {
			continue
		}
		e := brokers.Event{Kind: brokers.Lost, Node: int(p.Leader), Reason: "not acknowledged"}
		if b.confirmed {
			e.Reason = "acknowledged"
		}
		p.recordEach(e, b)
	}
}

// NodeDown takes a node out of the cluster: others lead what it led.
func (c *Cluster) NodeDown(id int32, why string) {
	n := c.Node(id)
	if n == nil || !n.Up {
		return
	}
	n.Up = false
	c.record(brokers.Event{Kind: brokers.NodeDown, Node: int(id), Reason: why})
	down := nodeName(id) + " is down"
	c.electController(down)
	for _, t := range c.Topics() {
		for _, p := range t.Partitions {
			p.leaveSyncDown(id, down)
		}
	}
	c.coordinatorsMoved()
}

// leaveSyncDown is what a node's end means to a partition.
func (p *Partition) leaveSyncDown(id int32, down string) {
	if p.Leader != id {
		p.leaveSync(id, down)
		return
	}
	// The leader goes first, so that the watermark is not taken from a log that is gone.
	isr := slices.DeleteFunc(slices.Clone(p.ISR), func(other int32) bool { return other == id })
	if len(isr) > 0 {
		p.ISR = isr
		p.record(brokers.Event{Kind: brokers.OutOfSync, Node: int(id), N: int64(len(isr)), Reason: down})
	}
	p.elect(down)
}

// NodeUp brings a node back, with the logs that it had.
func (c *Cluster) NodeUp(id int32, why string) {
	n := c.Node(id)
	if n == nil || n.Up {
		return
	}
	n.Up = true
	c.record(brokers.Event{Kind: brokers.NodeUp, Node: int(id), Reason: why})
	up := nodeName(id) + " is up"
	c.electController(up)
	for _, t := range c.Topics() {
		for _, p := range t.Partitions {
			switch {
			case p.logs[id] == nil:
			case p.Leader == 0:
				p.elect(up)
			default:
				p.follow(id)
				c.pullLater(id, p)
			}
		}
	}
	c.coordinatorsMoved()
	c.after(leaderRebalance, c.electPreferred)
}

// leaderRebalance is how often Kafka looks for leaders that are not the preferred ones.
const leaderRebalance = 5 * time.Minute

// electPreferred gives each partition back to its preferred replica where that is in
// sync: a node that was down would lead nothing for ever.
func (c *Cluster) electPreferred() {
	for _, t := range c.Topics() {
		for _, p := range t.Partitions {
			_ = p.ElectPreferred()
		}
	}
}

// ElectPreferred makes the first replica the leader. Errors: ElectionNotNeeded,
// PreferredNotAvailable.
func (p *Partition) ElectPreferred() error {
	first := p.Replicas[0]
	switch {
	case p.Leader == first:
		return ElectionNotNeeded
	case !p.cluster.up(first) || !slices.Contains(p.ISR, first):
		return PreferredNotAvailable
	}
	p.hand(first, "preferred")
	return nil
}

// hand lets the leader bring a replica in sync up to date before that one leads: when
// both are up, nothing is lost.
func (p *Partition) hand(to int32, why string) {
	if p.Leader != 0 && p.cluster.up(p.Leader) {
		p.copyTo(to)
	}
	p.lead(to, why)
}

// ElectUnclean makes any replica that is up the leader of a partition that has none.
// Errors: ElectionNotNeeded, EligibleNotAvailable.
func (p *Partition) ElectUnclean() error {
	if p.Leader != 0 {
		return ElectionNotNeeded
	}
	for _, id := range p.Replicas {
		if p.cluster.up(id) {
			p.lead(id, "unclean: asked for")
			return nil
		}
	}
	return EligibleNotAvailable
}

// electController makes the first node that is up the controller.
func (c *Cluster) electController(why string) {
	if c.up(c.Controller) {
		return
	}
	c.Controller = 0
	for _, n := range c.Nodes {
		if n.Up {
			c.Controller = n.ID
			break
		}
	}
	c.record(brokers.Event{Kind: brokers.Elected, Place: "controller", Node: int(c.Controller), Reason: why})
}
