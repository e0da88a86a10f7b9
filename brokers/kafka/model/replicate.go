package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A follower asks its leader for what it does not have. Here that is a step of its own:
// it comes after the step in which the leader took the record, by the lag of the
// follower's node, so that a fault may fall between the two.

// pullAll has every follower copy what the leader has by then.
func (p *Partition) pullAll() {
	for _, id := range p.Replicas {
		if id != p.Leader && p.cluster.up(id) && p.logs[id].end < p.leader().end {
			p.cluster.pullLater(id, p)
		}
	}
}

// pullLater has a node copy from a partition's leader. One step serves all
// partitions of the node that are behind when it comes.
func (c *Cluster) pullLater(node int32, p *Partition) {
	n := c.Node(node)
	if slices.Contains(n.behind, p) {
		return
	}
	n.behind = append(n.behind, p)
	if len(n.behind) == 1 {
		c.soon(n.Lag, n.pull)
	}
	if limit := c.cfg.ReplicaLagMax; n.Lag > limit {
		end, epoch := p.leader().end, p.Epoch
		c.after(limit, func() {
			if l := p.logs[node]; p.Epoch == epoch && !p.deleted && l != nil && l.end < end {
				p.leaveSync(node, "replica.lag.time.max.ms")
			}
		})
	}
}

// pull is that step.
func (c *Cluster) pull(n *Node) {
	behind := n.behind
	n.behind, n.copied = n.copied[:0], behind // what falls behind meanwhile has its turn later
	for _, p := range behind {
		if n.Up && !p.deleted && p.Leader != 0 && p.Leader != n.ID && p.logs[n.ID] != nil {
			p.copyTo(n.ID)
		}
	}
	clear(behind)
}

// copyTo gives a follower all that the leader has and it has not.
func (p *Partition) copyTo(node int32) {
	from, to := p.leader(), p.logs[node]
	p.follow(node)
	if to.end < from.start {
		to.deleteBefore(from.start)
	}
	fresh := from.batches[from.find(to.end):]
	if len(fresh) > 0 {
		e := brokers.Event{Kind: brokers.Replicated, Node: int(node), Tag: uint64(to.end)}
		for _, b := range fresh {
			if e.Message == 0 {
				e.Message = b.first
			}
			e.N += int64(b.records())
			to.append(b)
		}
		p.record(e)
	}
	to.end = from.end
	if !slices.Contains(p.ISR, node) && to.end >= max(p.hw, p.led) {
		p.joinSync(node)
	}
	p.advance()
}

// follow makes a replica's log the beginning of its leader's: what the leader does not
// have is cut off.
func (p *Partition) follow(node int32) {
	from, to := p.leader(), p.logs[node]
	if from.start > to.start {
		to.deleteBefore(from.start)
	}
	at := from.common(to)
	end, n := to.end, 0
	cut := to.truncate(at)
	for _, b := range cut {
		n += b.records()
	}
	if len(cut) > 0 || to.end < end {
		p.record(brokers.Event{Kind: brokers.Truncated, Node: int(node), Tag: uint64(at), N: int64(n)})
	}
}

// joinSync counts a follower that has caught up among the replicas in sync. Those that are
// to go while replicas move stay until they are dropped: the leader may be one of them.
func (p *Partition) joinSync(node int32) {
	var isr []int32
	for _, id := range p.Replicas {
		if id == node || slices.Contains(p.ISR, id) {
			isr = append(isr, id)
		}
	}
	for _, id := range p.ISR {
		if !slices.Contains(p.Replicas, id) {
			isr = append(isr, id)
		}
	}
	p.ISR = isr
	p.record(brokers.Event{Kind: brokers.InSync, Node: int(node), N: int64(len(isr))})
}

// leaveSync no longer waits for a follower. The last one in sync stays: it is who has
// everything.
func (p *Partition) leaveSync(node int32, why string) {
	if !slices.Contains(p.ISR, node) || len(p.ISR) == 1 {
		return
	}
	p.ISR = slices.DeleteFunc(slices.Clone(p.ISR), func(id int32) bool { return id == node })
	p.record(brokers.Event{Kind: brokers.OutOfSync, Node: int(node), N: int64(len(p.ISR)), Reason: why})
	if p.Leader != 0 {
		p.advance()
	}
}

// advance moves the high watermark to what all replicas in sync have, and tells those
// who wait for that.
func (p *Partition) advance() {
	if p.Leader == 0 {
		return
	}
	hw := p.leader().end
	for _, id := range p.ISR {
		hw = min(hw, p.logs[id].end)
	}
	if hw > p.hw {
		p.hw = hw
		p.record(brokers.Event{Kind: brokers.Watermark, Tag: uint64(hw)})
	}
	p.settleMarkers()
	p.settle()
	if len(p.fetches) > 0 {
		p.wake()
	}
}
