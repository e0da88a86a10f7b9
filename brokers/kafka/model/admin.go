package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// ByTime finds the first record below end whose time is ms or later: its offset and
// time, or -1.
func (p *Partition) ByTime(ms, end int64) (offset, at int64) {
	offset, at, _ = p.newest().byTime(ms, end, p.cluster.cfg.Decoded)
	return offset, at
}

// Latest finds the record below end with the largest time: its offset and time, or -1.
func (p *Partition) Latest(end int64) (offset, at int64) {
	offset, at, _ = p.newest().latest(end, p.cluster.cfg.Decoded)
	return offset, at
}

// EpochEnd returns where a leader epoch ends in the leader's log, and the largest epoch
// up to it that is there; -1 for none.
func (p *Partition) EpochEnd(epoch int32) (found int32, end int64) {
	switch {
	case epoch > p.Epoch:
		return -1, -1
	case epoch == p.Epoch:
		return epoch, p.newest().end
	}
	return p.newest().epochEnd(epoch)
}

// MoveLeader makes another replica that is in sync the leader. Error:
// EligibleNotAvailable.
func (p *Partition) MoveLeader(why string) error {
	for _, id := range p.Replicas {
		if id != p.Leader && p.cluster.up(id) && slices.Contains(p.ISR, id) {
			p.hand(id, why)
			return nil
		}
	}
	return EligibleNotAvailable
}

// Hand makes a certain replica the leader. One that is not in sync has to be asked for
// as unclean: what it does not have is lost.
func (p *Partition) Hand(to int32, unclean bool, why string) error {
	inSync := slices.Contains(p.ISR, to)
	switch {
	case !slices.Contains(p.Replicas, to) || !p.cluster.up(to):
		return fmt.Errorf("%s has no replica on node %d that is up", p.place, to)
	case p.Leader == to:
		return nil
	case unclean:
		p.lead(to, "unclean: "+why)
	case !inSync:
		return fmt.Errorf("the replica of %s on node %d is not in sync", p.place, to)
	default:
		p.hand(to, why)
	}
	return nil
}

// Reassign gives a partition other replicas, the first preferred. New ones copy the log
// and are in sync when they have it; old ones are dropped.
func (p *Partition) Reassign(replicas []int32) error {
	c := p.cluster
	if err := c.checkReplicas(replicas); err != nil {
		return err
	}
	if p.Leader == 0 {
		return EligibleNotAvailable
	}
	for _, id := range replicas {
		if !c.up(id) {
			return Errorf(InvalidReplicaAssignment, "Replica %d of %s is not up.", id, p.place)
		}
	}
	old := p.Replicas
	p.keepOn(replicas)
	for _, id := range replicas {
		if p.Leader != 0 && p.Leader != id && c.up(id) { // a fault may have fallen on either
			p.copyTo(id)
		}
	}
	first := slices.IndexFunc(replicas, c.up)
	switch {
	case slices.Contains(replicas, p.Leader):
	case p.Leader == 0 && slices.ContainsFunc(p.ISR, func(id int32) bool { return slices.Contains(replicas, id) }): // it leads when it is back
	case p.Leader == 0 || first < 0:
		p.keepOn(old)
		p.drop(replicas)
		return EligibleNotAvailable
	default:
		p.hand(replicas[first], "reassigned")
	}
	p.drop(old)
	p.advance()
	return nil
}

// keepOn says which nodes have the partition's log from now on.
func (p *Partition) keepOn(replicas []int32) {
	start := p.newest().start
	for _, id := range replicas {
		if p.logs[id] == nil {
			p.logs[id] = &Log{start: start, end: start}
		}
	}
	p.Replicas = slices.Clone(replicas)
	p.record(brokers.Event{Kind: brokers.Configured, Key: "replicas", Reason: strings.Trim(strings.ReplaceAll(fmt.Sprint(replicas), " ", ","), "[]")})
}

// drop deletes those logs of nodes that are no replicas.
func (p *Partition) drop(of []int32) {
	for _, id := range of {
		if !slices.Contains(p.Replicas, id) {
			p.leaveSync(id, "reassigned")
			delete(p.logs, id)
		}
	}
}

// Rebalance has all members of a group share out its partitions anew.
func (g *Group) Rebalance(why string) {
	switch {
	case g.Type == Consumer && len(g.order) > 0:
		g.bump(why)
	case g.Type == Classic && (g.state == Stable || g.state == Completing):
		g.prepare(why)
	}
}

// NodeSettings lists settings of a node, as they are described.
func (c *Cluster) NodeSettings(autoCreate bool) []Setting {
	return []Setting{
		{Name: "auto.create.topics.enable", Value: fmt.Sprint(autoCreate), Kind: BoolSetting},
		{Name: "default.replication.factor", Value: fmt.Sprint(defaultReplication), Kind: IntSetting},
		{Name: "group.consumer.assignors", Value: "uniform,range", Kind: ListSetting},
		{Name: "group.consumer.heartbeat.interval.ms", Value: fmt.Sprint(c.cfg.ConsumerHeartbeat.Milliseconds()), Kind: IntSetting},
		{Name: "group.consumer.session.timeout.ms", Value: fmt.Sprint(c.cfg.ConsumerSession.Milliseconds()), Kind: IntSetting},
		{Name: "group.initial.rebalance.delay.ms", Value: fmt.Sprint(c.cfg.RebalanceDelay.Milliseconds()), Kind: IntSetting},
		{Name: "group.max.session.timeout.ms", Value: fmt.Sprint(maxSession.Milliseconds()), Kind: IntSetting},
		{Name: "group.min.session.timeout.ms", Value: fmt.Sprint(minSession.Milliseconds()), Kind: IntSetting},
		{Name: "num.partitions", Value: fmt.Sprint(defaultPartitions), Kind: IntSetting},
		{Name: "offsets.retention.minutes", Value: fmt.Sprint(int(offsetsRetention.Minutes())), Kind: IntSetting},
		{Name: "replica.lag.time.max.ms", Value: fmt.Sprint(c.cfg.ReplicaLagMax.Milliseconds()), Kind: LongSetting},
		{Name: "transaction.max.timeout.ms", Value: fmt.Sprint(maxTxnTimeout.Milliseconds()), Kind: IntSetting},
	}
}
