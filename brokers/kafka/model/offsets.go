package model

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// An Offset is where a group will go on reading a partition.
type Offset struct {
	At       int64 // the next record to read
	Epoch    int32 // of the leader, or -1
	Metadata string
}

// A Commit is one Offset that a client wants to keep.
type Commit struct {
	Topic string
	Index int32
	Offset
}

const (
	// offsetsRetention is how long the offsets of a group without members are kept.
	offsetsRetention = 7 * 24 * time.Hour
	// maxOffsetMetadata bounds what a client may say with an offset, in bytes.
	maxOffsetMetadata = 4096
)

// Commit keeps offsets. An error is about the member, and none is kept; those of the list
// are each about one offset.
func (c *Cluster) Commit(id Identity, client string, commits []Commit) ([]error, error) {
	g, m, err := c.committer(id)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(commits))
	for i, o := range commits {
		if errs[i] = c.checkCommit(o, m, id.Generation); errs[i] == nil {
			g.commit(o, id.Member, client)
		}
	}
	return errs, nil
}

// committer finds the group for which a client may commit: it is a current member or, in
// a group without members, anybody who does not claim to be one; then m is nil.
func (c *Cluster) committer(id Identity) (g *Group, m *Member, err error) {
	if id.Group == "" {
		return nil, nil, InvalidGroupID
	}
	if g := c.groups[id.Group]; id.Generation < 0 && id.Member == "" && (g == nil || g.state == Empty) {
		g, err := c.group(id.Group)
		return g, nil, err
	}
	m, err = c.claims(id)
	if err != nil {
		return nil, nil, err
	}
	if m.group.Type == Classic && m.group.state == Completing {
		return nil, nil, RebalanceInProgress
	}
	return m.group, m, nil
}

// claims finds the member that somebody claims to be who wants to commit.
func (c *Cluster) claims(id Identity) (m *Member, err error) {
	if g := c.groups[id.Group]; g != nil && g.Type == Consumer {
		m, err = g.commits(id)
	} else {
		m, err = c.member(id)
	}
	if err == nil {
		m.touch()
	}
	return m, err
}

// checkCommit refuses an offset that a member may not commit, or nobody; m may be nil.
func (c *Cluster) checkCommit(o Commit, m *Member, epoch int32) error {
	if len(o.Metadata) > maxOffsetMetadata {
		return OffsetMetadataTooLarge
	}
	if c.offsets+o.size() > c.cfg.Quota.Bytes {
		return &brokers.QuotaError{What: "bytes of committed offsets", Limit: c.cfg.Quota.Bytes}
	}
	p, err := c.Partition(o.Topic, o.Index)
	if err != nil {
		return err
	}
	return m.mayCommit(p, epoch)
}

// size is about how many bytes it takes to keep an offset.
func (o Commit) size() int { return 128 + len(o.Topic) + len(o.Metadata) }

// forget drops what is kept for a partition, if anything is.
func (g *Group) forget(id partitionID) {
	if o, ok := g.offsets[id]; ok {
		g.cluster.offsets -= Commit{id.topic, id.index, o}.size()
		delete(g.offsets, id)
	}
}

// commit keeps one offset.
func (g *Group) commit(o Commit, member, client string) {
	id := partitionID{o.Topic, o.Index}
	g.forget(id)
	g.offsets[id] = o.Offset
	g.cluster.offsets += o.size()
	if g.state == Empty {
		g.emptySince = g.cluster.clock.Now()
	}
	g.record(brokers.Event{
		Kind: brokers.Committed, Client: client, Consumer: member, Place: place(o.Topic, o.Index), Tag: uint64(max(o.At, 0)),
		Reason: o.Metadata[:min(len(o.Metadata), maxName)],
	})
}

// Offset returns what a group has committed for a partition.
func (g *Group) Offset(topic string, index int32) (Offset, bool) {
	if g == nil {
		return Offset{}, false
	}
	o, ok := g.offsets[partitionID{topic, index}]
	return o, ok
}

// Offsets returns all that a group has committed, by topic and partition.
func (g *Group) Offsets() []Commit {
	if g == nil {
		return nil
	}
	var out []Commit
	for _, id := range slices.SortedFunc(maps.Keys(g.offsets), byPartition) {
		out = append(out, Commit{id.topic, id.index, g.offsets[id]})
	}
	return out
}

func byPartition(a, b partitionID) int {
	return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.index, b.index))
}

// DeleteOffset forgets one offset, unless a member has subscribed to the topic. Errors:
// GroupIDNotFound, UnknownTopicOrPartition, SubscribedToTopic.
func (c *Cluster) DeleteOffset(group, topic string, index int32) error {
	g := c.groups[group]
	if g == nil {
		return GroupIDNotFound
	}
	if _, err := c.Partition(topic, index); err != nil {
		return err
	}
	t := c.topics[topic]
	for _, m := range g.order {
		subscribed, _ := wire.ReadSubscription(m.Metadata())
		if m.subscribes(t) || slices.ContainsFunc(subscribed, func(s wire.Share) bool { return s.Topic == topic }) {
			return SubscribedToTopic
		}
	}
	if o, ok := g.Offset(topic, index); ok {
		g.record(brokers.Event{Kind: brokers.Expired, Place: place(topic, index), Tag: uint64(max(o.At, 0)), Reason: "deleted"})
	}
	g.forget(partitionID{topic, index})
	return nil
}

// expireOffsets forgets a group that nobody has used for offsetsRetention.
func (g *Group) expireOffsets() {
	for _, o := range g.Offsets() {
		g.record(brokers.Event{Kind: brokers.Expired, Place: place(o.Topic, o.Index), Tag: uint64(max(o.At, 0)), Reason: "offsets.retention.minutes"})
		g.forget(partitionID{o.Topic, o.Index})
	}
	g.record(brokers.Event{Kind: brokers.Deleted, Reason: "offsets.retention.minutes"})
	g.state = Dead
	delete(g.cluster.groups, g.ID)
}

// forgetOffsets forgets what groups know of a topic that was deleted.
func (c *Cluster) forgetOffsets(t *Topic) {
	for _, g := range c.groups {
		for _, p := range t.Partitions {
			g.forget(partitionID{t.Name, p.Index})
			delete(g.reached, p)
			delete(g.began, p)
			for _, m := range g.order {
				m.forgetPartition(p)
			}
		}
	}
}
