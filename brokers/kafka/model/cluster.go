package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// Config is what a Cluster works with.
type Config struct {
	Clock   brokers.Clock
	Journal *brokers.Journal
	Quota   brokers.Quota
	Label   func(value []byte) string
	Run     func(step func()) // takes the steps that the clock calls for
	Then    func(step func()) // takes a step right after the one that is under way; nil: the clock calls for it
	Nodes   int
	// Decoded is to how many bytes a batch may decompress.
	Decoded int
	// FollowerLag is how long after its leader a follower has a record.
	FollowerLag time.Duration
	// ReplicaLagMax is after how long a follower that lags leaves the replicas in sync.
	ReplicaLagMax time.Duration
	// RebalanceDelay is how long an empty group waits for more members than its first.
	RebalanceDelay time.Duration
	// ConsumerHeartbeat is how often members of groups with the consumer protocol are to
	// be heard of; 0: every five seconds.
	ConsumerHeartbeat time.Duration
	// ConsumerSession is how long such a member may be silent; 0: 45 seconds.
	ConsumerSession time.Duration
}

// Kafka's defaults for groups with the consumer protocol.
const (
	consumerHeartbeat = 5 * time.Second
	consumerSession   = 45 * time.Second
)

// A Cluster is all of Kafka: nodes, topics, groups and transactions.
type Cluster struct {
	cfg        Config
	clock      brokers.Clock
	journal    *brokers.Journal
	Nodes      []*Node // with the ids 1, 2, 3
	Controller int32   // id of the node that is the controller; 0: none
	MaxFetch   int     // bytes that one answer to a fetch carries, as fetch.max.bytes of the brokers says; 0: maxFetch
	topics     map[string]*Topic
	byID       map[[16]byte]*Topic
	groups     map[string]*Group
	txns       map[string]*Transaction
	txnOf      map[int64]*Transaction // by producer id

	published    uint64 // messages so far: the number of the last
	messages     int    // records held now
	bytes        int    // bytes of their batches
	partitions   int
	shape        int // counts changes of which partitions there are
	nextProducer int64
	nextMember   int
	nextTopic    uint64
	members      int
	offsets      int // bytes of what groups have committed
}

// A Node is one broker of the cluster.
type Node struct {
	ID  int32
	Up  bool
	Lag time.Duration // how long after the leader its followers have a record

	behind []*Partition // that it follows and has to copy
	copied []*Partition // memory for the next that are behind
	pull   func()       // copies them
}

// NewCluster returns a cluster with all nodes up and nothing in it.
func NewCluster(cfg Config) *Cluster {
	c := &Cluster{
		cfg: cfg, clock: cfg.Clock, journal: cfg.Journal,
		topics: make(map[string]*Topic), byID: make(map[[16]byte]*Topic), groups: make(map[string]*Group),
		txns: make(map[string]*Transaction), txnOf: make(map[int64]*Transaction), nextProducer: 1000,
	}
	for id := range cfg.Nodes {
		n := &Node{ID: int32(id + 1), Up: true, Lag: cfg.FollowerLag}
		n.pull = func() { c.pull(n) }
		c.Nodes = append(c.Nodes, n)
	}
	c.cfg.ConsumerHeartbeat = cmp.Or(cfg.ConsumerHeartbeat, consumerHeartbeat)
	c.cfg.ConsumerSession = cmp.Or(cfg.ConsumerSession, consumerSession)
	c.Controller = 1
	for _, n := range c.Nodes {
		c.record(brokers.Event{Kind: brokers.NodeUp, Node: int(n.ID), Reason: started})
	}
	c.record(brokers.Event{Kind: brokers.Elected, Place: "controller", Node: int(c.Controller), Reason: started})
	return c
}

// started is why nodes are there when the journal begins.
const started = "started"

// Node returns a node by its id, or nil.
func (c *Cluster) Node(id int32) *Node {
	if id < 1 || int(id) > len(c.Nodes) {
		return nil
	}
	return c.Nodes[id-1]
}

// up reports whether a node is there and up.
func (c *Cluster) up(id int32) bool {
	n := c.Node(id)
	return n != nil && n.Up
}

// nodeName is a node as errors and reasons name it.
func nodeName(id int32) string { return fmt.Sprintf("node-%d", id) }

// source is who the events of this package are from.
const source = "kafka"

// record appends to the journal.
func (c *Cluster) record(e brokers.Event) {
	e.Source = source
	c.journal.Append(e)
}

// soon has step taken d from now; 0: after the step that is under way.
func (c *Cluster) soon(d time.Duration, step func()) {
	if d > 0 || c.cfg.Then == nil {
		c.after(d, step)
		return
	}
	c.cfg.Then(step)
}

// after has step taken d from now.
func (c *Cluster) after(d time.Duration, step func()) brokers.Timer {
	return c.clock.AfterFunc(d, func() { c.cfg.Run(step) })
}

// millis is a time as Kafka writes it.
func millis(t time.Time) int64 { return t.UnixMilli() }

// Topic returns a topic by its name, or nil.
func (c *Cluster) Topic(name string) *Topic { return c.topics[name] }

// TopicByID returns a topic by its id, or nil.
func (c *Cluster) TopicByID(id [16]byte) *Topic { return c.byID[id] }

// Topics returns all topics by name.
func (c *Cluster) Topics() []*Topic {
	out := make([]*Topic, 0, len(c.topics))
	for _, name := range slices.Sorted(maps.Keys(c.topics)) {
		out = append(out, c.topics[name])
	}
	return out
}

// Transactions returns all transactional ids by name.
func (c *Cluster) Transactions() []*Transaction {
	out := make([]*Transaction, 0, len(c.txns))
	for _, id := range slices.Sorted(maps.Keys(c.txns)) {
		out = append(out, c.txns[id])
	}
	return out
}

// Partition returns a partition. Error: UnknownTopicOrPartition.
func (c *Cluster) Partition(topic string, index int32) (*Partition, error) {
	t := c.topics[topic]
	if t == nil || index < 0 || int(index) >= len(t.Partitions) {
		return nil, UnknownTopicOrPartition
	}
	return t.Partitions[index], nil
}

// Coordinator is the node that looks after a group or a transactional id: the same one
// for a name as long as it is up, else the next. 0: none is up.
func (c *Cluster) Coordinator(name string) int32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	for i := range c.Nodes {
		if n := c.Nodes[(int(h%uint32(len(c.Nodes)))+i)%len(c.Nodes)]; n.Up {
			return n.ID
		}
	}
	return 0
}
