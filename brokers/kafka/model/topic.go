package model

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Topic is a name for partitions, with settings.
type Topic struct {
	Name       string
	ID         [16]byte
	Partitions []*Partition
	cluster    *Cluster
	config     map[string]string // what is set; all else is as by default
	set        settings
}

// A NewTopic is a topic that somebody wants.
type NewTopic struct {
	Name        string
	Partitions  int32             // -1: as by default
	Replication int16             // -1: as by default
	Assignment  map[int32][]int32 // replicas by partition, in place of the two
	Config      map[string]string
}

// What a topic gets that does not say.
const (
	defaultPartitions  = 1
	defaultReplication = 1
)

// maxTopicName is Kafka's, in bytes.
const maxTopicName = 249

// checkName refuses a name that a topic cannot have. Error: InvalidTopic.
func checkName(name string) error {
	switch {
	case name == "", name == ".", name == "..":
		return Errorf(InvalidTopic, "Topic name is invalid: %q", name)
	case len(name) > maxTopicName:
		return Errorf(InvalidTopic, "Topic name is invalid: the length of %d is longer than the max allowed length %d", len(name), maxTopicName)
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)) {
			return Errorf(InvalidTopic, "Topic name is invalid: %q contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", name)
		}
	}
	return nil
}

// checkCollision refuses a name that differs from another topic's only in dots and
// underscores: Kafka's metrics would hold them for the same. Error: InvalidTopic.
func (c *Cluster) checkCollision(name string) error {
	if !strings.ContainsAny(name, "._") {
		return nil
	}
	metric := strings.ReplaceAll(name, ".", "_")
	for other := range c.topics {
		if len(other) == len(name) && strings.ReplaceAll(other, ".", "_") == metric {
			return Errorf(InvalidTopic, "Topic '%s' collides with existing topics: %s", name, other)
		}
	}
	return nil
}

// CreateTopic makes a topic, or with validate only says whether it could be made.
// Errors: *Error, *brokers.QuotaError.
func (c *Cluster) CreateTopic(n NewTopic, validate bool) (*Topic, error) {
	if err := checkName(n.Name); err != nil {
		return nil, err
	}
	if c.topics[n.Name] != nil {
		return nil, Errorf(TopicAlreadyExists, "Topic '%s' already exists.", n.Name)
	}
	if err := c.checkCollision(n.Name); err != nil {
		return nil, err
	}
	set, err := parseConfig(n.Config)
	if err != nil {
		return nil, err
	}
	replicas, err := c.place(n, 0)
	if err != nil {
		return nil, err
	}
	if err := c.roomForPartitions(len(replicas), 1); err != nil || validate {
		return nil, err
	}
	c.nextTopic++
	t := &Topic{Name: n.Name, cluster: c, config: make(map[string]string), set: set}
	for k, v := range n.Config {
		t.config[k] = v
	}
	binary.BigEndian.PutUint64(t.ID[:], 0x62726b6c6162_4000|c.nextTopic>>48)
	binary.BigEndian.PutUint64(t.ID[8:], 1<<63|c.nextTopic)
	c.topics[t.Name], c.byID[t.ID] = t, t
	c.record(brokers.Event{Kind: brokers.Declared, Place: t.Name, N: int64(len(replicas))})
	t.add(replicas)
	return t, nil
}

// roomForPartitions refuses more partitions and topics than the lab holds.
func (c *Cluster) roomForPartitions(partitions, topics int) error {
	if len(c.topics)+topics > c.cfg.Quota.Queues {
		return &brokers.QuotaError{What: "topics", Limit: c.cfg.Quota.Queues}
	}
	if limit := partitionsPerTopic * c.cfg.Quota.Queues; c.partitions+partitions > limit {
		return &brokers.QuotaError{What: "partitions", Limit: limit}
	}
	return nil
}

// partitionsPerTopic is how many partitions there may be for each topic of the quota.
const partitionsPerTopic = 2

// place lists the replicas of each partition that n asks for, beginning with the
// partition of index from.
func (c *Cluster) place(n NewTopic, from int) ([][]int32, error) {
	if len(n.Assignment) > 0 {
		return c.placed(n, from)
	}
	if n.Partitions == -1 {
		n.Partitions = defaultPartitions
	}
	if n.Replication == -1 {
		n.Replication = defaultReplication
	}
	if n.Partitions < 1 {
		return nil, Errorf(InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")
	}
	if limit := partitionsPerTopic * c.cfg.Quota.Queues; int(n.Partitions) > limit {
		return nil, &brokers.QuotaError{What: "partitions", Limit: limit}
	}
	var up []int32
	for _, node := range c.Nodes {
		if node.Up {
			up = append(up, node.ID)
		}
	}
	if n.Replication < 1 || int(n.Replication) > len(up) {
		return nil, Errorf(InvalidReplicationFactor, "Unable to replicate the partition %d time(s): The target replication factor of %d cannot be reached because only %d broker(s) are registered.", n.Replication, n.Replication, len(up))
	}
	out := make([][]int32, n.Partitions)
	for i := range out {
		for r := range n.Replication {
			out[i] = append(out[i], up[(from+i+int(r))%len(up)])
		}
	}
	return out, nil
}

// placed checks an assignment that a client has made.
func (c *Cluster) placed(n NewTopic, from int) ([][]int32, error) {
	out := make([][]int32, len(n.Assignment))
	for i := range out {
		replicas := n.Assignment[int32(from+i)]
		if err := c.checkReplicas(replicas); err != nil {
			return nil, err
		}
		out[i] = replicas
	}
	return out, nil
}

// checkReplicas refuses replicas that are none, twice the same, or on no node.
func (c *Cluster) checkReplicas(replicas []int32) error {
	seen := make(map[int32]bool)
	for _, id := range replicas {
		if c.Node(id) == nil || seen[id] {
			return Errorf(InvalidReplicaAssignment, "The manual partition assignment %v names a node twice, or one that is not there.", replicas)
		}
		seen[id] = true
	}
	if len(replicas) == 0 {
		return Errorf(InvalidReplicaAssignment, "The manual partition assignment leaves out a partition, or gives it no replicas.")
	}
	return nil
}

// add makes partitions with these replicas.
func (t *Topic) add(replicas [][]int32) {
	t.cluster.shape++
	for _, r := range replicas {
		p := newPartition(t, int32(len(t.Partitions)), r)
		t.Partitions = append(t.Partitions, p)
		t.cluster.partitions++
		p.elect(created)
	}
}

// Grow gives a topic more partitions, up to count. Errors: *Error, *brokers.QuotaError.
func (c *Cluster) Grow(name string, count int32, assignment map[int32][]int32, validate bool) error {
	t := c.topics[name]
	if t == nil {
		return UnknownTopicOrPartition
	}
	have := int32(len(t.Partitions))
	if count <= have {
		return Errorf(InvalidPartitions, "The topic %s currently has %d partition(s); %d would not be an increase.", name, have, count)
	}
	n := NewTopic{Partitions: count - have, Replication: int16(len(t.Partitions[0].Replicas)), Assignment: assignment}
	if len(assignment) > 0 && len(assignment) != int(count-have) {
		return Errorf(InvalidReplicaAssignment, "Attempted to add %d additional partition(s), but %d assignment(s) were specified.", count-have, len(assignment))
	}
	replicas, err := c.place(n, int(have))
	if err != nil {
		return err
	}
	if err := c.roomForPartitions(len(replicas), 0); err != nil || validate {
		return err
	}
	t.add(replicas)
	return nil
}

// DeleteTopic removes a topic and all that is in it. Error: UnknownTopicOrPartition.
func (c *Cluster) DeleteTopic(name string) error {
	t := c.topics[name]
	if t == nil {
		return UnknownTopicOrPartition
	}
	delete(c.topics, name)
	delete(c.byID, t.ID)
	c.shape++
	for _, p := range t.Partitions {
		p.deleted = true
		c.partitions--
		p.count(-p.held, -p.heldBytes)
		p.fail(UnknownTopicOrPartition)
		for len(p.pending) > 0 {
			p.written(p.pending[0])
		}
	}
	c.record(brokers.Event{Kind: brokers.Deleted, Place: name})
	c.forgetOffsets(t)
	return nil
}

// place is a partition in the journal.
func place(topic string, index int32) string { return fmt.Sprintf("%s/%d", topic, index) }
