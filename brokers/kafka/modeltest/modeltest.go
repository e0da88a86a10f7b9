// Package modeltest drives the model of Kafka with clients that do whatever they like,
// for tests of what is made from a journal: a picture drawn from the events alone must
// be the one that the model draws.
package modeltest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A Run is a journal and what the model drew along the way.
type Run struct {
	Events []brokers.Event // all of them
	// States are the model's, each at the event that its Seq names, in order: after
	// every step of a client or the clock.
	States []brokers.State
}

// Random has clients take so many steps. The same seed gives the same run. Everything
// that the model can do comes up: nodes that go and come back, unclean leaders, lagging
// followers, replicas that move, retention, compaction, groups of both protocols with
// static members, seeking, idempotent and transactional producers, topics that come again.
func Random(seed uint64, steps int) Run { return newCrowd(seed).run(steps) }

// Restless is Random with nodes that go and come, leaders that change and replicas that
// move in every third step.
func Restless(seed uint64, steps int) Run {
	c := newCrowd(seed)
	c.restless = true
	return c.run(steps)
}

func (c *crowd) run(steps int) Run {
	for range steps {
		c.step()
		c.look()
	}
	return Run{Events: c.journal.Since(0), States: c.states}
}

// A crowd is clients of one cluster.
type crowd struct {
	cluster  *model.Cluster
	clock    *brokers.VirtualClock
	journal  *brokers.Journal
	dice     *rand.Rand
	intake   model.Intake
	members  []*member
	sequence map[string]int32 // of the idempotent producer, by partition
	states   []brokers.State
	n        int
	restless bool
}

// A member is a consumer that has joined a group, or tries to.
type member struct {
	id       model.Identity
	client   string
	instance string
	session  *model.Session
	leads    []*model.Member // all members, if it leads
	beats    *beater         // nil with the classic protocol
}

const records = 4 // The most in a batch.

func newCrowd(seed uint64) *crowd {
	clock := brokers.NewVirtualClock(time.Unix(1_700_000_000, 0))
	c := &crowd{
		clock: clock, journal: brokers.NewJournal(1_000_000, brokers.Forget, clock), dice: rand.New(rand.NewPCG(seed, 0)), sequence: make(map[string]int32),
		intake: model.Intake{Limit: 1 << 20, Label: func(b []byte) string { return string(b) }},
	}
	c.cluster = model.NewCluster(model.Config{
		Clock: clock, Journal: c.journal, Quota: brokers.DefaultQuota(), Label: c.intake.Label, Nodes: 3, Decoded: 1 << 20,
		FollowerLag: time.Duration(seed%3) * 400 * time.Millisecond, ReplicaLagMax: 2 * time.Second,
		Run: func(step func()) {
			step()
			c.look()
		},
	})
	c.look()
	return c
}

func (c *crowd) pick(of ...string) string { return of[c.dice.IntN(len(of))] }
func (c *crowd) maybe() bool              { return c.dice.IntN(2) == 0 }
func (c *crowd) node() int32              { return c.dice.Int32N(3) + 1 }

// look notes what the model draws.
func (c *crowd) look() {
	if c.cluster == nil {
		return
	}
	s := c.cluster.Picture()
	if n := len(c.states); n > 0 && c.states[n-1].Seq == s.Seq {
		c.states[n-1] = s
		return
	}
	c.states = append(c.states, s)
}

// step does one thing; what the model refuses is no step.
func (c *crowd) step() {
	if c.restless && c.dice.IntN(3) == 0 {
		if c.dice.IntN(4) == 0 {
			c.move()
		} else {
			c.nodes()
		}
		return
	}
	switch n := c.dice.IntN(32); {
	case n < 7:
		c.produce()
	case n < 12:
		c.fetch()
	case n < 19:
		c.gather()
	case n < 21:
		c.transact()
	case n < 24:
		c.nodes()
	case n < 27:
		c.topics()
	case n < 28:
		c.rare()
	default:
		c.clock.Advance(time.Duration(c.dice.IntN(1500)) * time.Millisecond)
	}
}

// partition picks one that is there.
func (c *crowd) partition() *model.Partition {
	all := c.cluster.Topics()
	if len(all) == 0 {
		return nil
	}
	t := all[c.dice.IntN(len(all))]
	return t.Partitions[c.dice.IntN(len(t.Partitions))]
}

// batch makes a batch of a few records.
func (c *crowd) batch(like wire.Batch) *model.Batch {
	rs := make([]wire.Record, c.dice.IntN(records)+1)
	for i := range rs {
		c.n++
		rs[i] = wire.Record{Delta: int32(i), Time: c.clock.Now().UnixMilli(), Key: []byte(c.pick("a", "b", "c")), Value: fmt.Append(nil, c.n)}
	}
	out, err := c.intake.Read(wire.Pack(like, rs).Bytes)
	if err != nil {
		panic(fmt.Sprintf("modeltest: %v", err))
	}
	return out[0]
}

func (c *crowd) produce() {
	p := c.partition()
	if p == nil {
		return
	}
	like := wire.Batch{Producer: wire.NoProducer, Sequence: -1}
	place := fmt.Sprint(p.Topic.Name, p.Index)
	idempotent := c.dice.IntN(4) == 0
	if idempotent {
		like = wire.Batch{Producer: 7, Sequence: c.sequence[place]}
	}
	b := c.batch(like)
	p.Append(model.Append{
		Client: "c1", Acks: int16(c.dice.IntN(3) - 1), Timeout: 5 * time.Second, Batches: []*model.Batch{b},
		Done: func(a model.Appended) {
			if idempotent && a.Err == nil && c.maybe() { // else it is sent again
				c.sequence[place] = like.Sequence + b.Count
			}
		},
	})
}

// fetch has a member, or somebody of no group, read.
func (c *crowd) fetch() {
	p := c.partition()
	if p == nil {
		return
	}
	session, client := c.cluster.NewSession(p.Leader, "stray", ""), "c9"
	if len(c.members) > 0 {
		m := c.members[c.dice.IntN(len(c.members))]
		session, client = m.session, m.client
	}
	from := p.Start() + c.dice.Int64N(max(p.End()-p.Start(), 1)+1)
	c.cluster.Fetch(&model.Fetch{
		Client: client, Session: session, Node: p.Leader, MinBytes: c.dice.IntN(2), MaxBytes: 300, Committed: c.maybe(),
		MaxWait: time.Duration(c.dice.IntN(800)) * time.Millisecond, Live: func() bool { return true }, Done: func([]wire.Fetched) {},
		Topics: []model.FetchTopic{{Name: p.Topic.Name, Partitions: []model.FetchPartition{{Index: p.Index, Epoch: -1, Offset: from, MaxBytes: 300}}}},
	})
}

// gather is what members do in their groups.
func (c *crowd) gather() {
	if len(c.members) == 0 || c.dice.IntN(8) == 0 && len(c.members) < 6 {
		c.enter()
		return
	}
	i := c.dice.IntN(len(c.members))
	m := c.members[i]
	switch n := c.dice.IntN(12); {
	case m.beats != nil && (n < 4 || n > 9):
		c.beat(m)
	case m.beats != nil && n == 8:
		c.leaves(m)
		c.members = slices.Delete(c.members, i, i+1)
	case n < 4:
		c.join(m)
	case n < 8:
		c.commit(m)
	case n == 8:
		_ = c.cluster.Leave(m.id.Group, m.id.Member, m.instance, "")
		c.members = slices.Delete(c.members, i, i+1)
	case n == 9: // It is gone without a word; its session will end.
		m.session.End()
		c.members = slices.Delete(c.members, i, i+1)
	default:
		_ = c.cluster.Heartbeat(m.id)
	}
}

func (c *crowd) enter() {
	c.n++
	m := &member{id: model.Identity{Group: c.pick("mailer", "fraud")}, client: fmt.Sprint("c", 10+c.n)}
	if c.dice.IntN(4) == 0 {
		m.instance = c.pick("one", "two")
	}
	m.session = c.cluster.NewSession(1, m.client, "")
	c.members = append(c.members, m)
	if c.maybe() {
		c.named(m)
		c.beat(m)
		return
	}
	c.join(m)
}

// join asks for a place in the next generation, and then for a share.
func (c *crowd) join(m *member) {
	c.cluster.Join(model.Join{
		Group: m.id.Group, Member: m.id.Member, Instance: m.instance, Client: m.client, ClientID: m.client, Kind: "consumer",
		Protocols: []model.Protocol{{Name: "range", Metadata: wire.Subscription("a", "b", c.pick("c", "d"))}}, Session: 6 * time.Second, Rebalance: 3 * time.Second,
		Done: func(j model.Joined) {
			m.id.Member, m.id.Generation = j.Member, j.Generation
			m.leads = j.Members
			if j.Err == nil {
				c.sync(m)
			}
		},
	})
}

func (c *crowd) sync(m *member) {
	shares := make(map[string][]byte)
	for i, other := range m.leads {
		var mine []wire.Share
		for _, t := range c.cluster.Topics() {
			s := wire.Share{Topic: t.Name}
			for _, p := range t.Partitions {
				if int(p.Index)%len(m.leads) == i && c.dice.IntN(5) > 0 {
					s.Partitions = append(s.Partitions, p.Index)
				}
			}
			mine = append(mine, s)
		}
		shares[other.ID] = wire.Assignment(mine)
	}
	id := m.id
	id.Instance = m.instance
	c.cluster.Sync(model.Sync{Identity: id, Shares: shares, Done: func(model.Synced) {}})
}

func (c *crowd) commit(m *member) {
	if p := c.partition(); p != nil {
		id := m.id
		if m.beats != nil {
			id.Generation = m.beats.epoch
		}
		if c.dice.IntN(6) == 0 {
			id = model.Identity{Group: c.pick("mailer", "fraud", "audit"), Generation: -1}
		}
		_, _ = c.cluster.Commit(id, m.client, []model.Commit{{Topic: p.Topic.Name, Index: p.Index, Offset: model.Offset{At: c.dice.Int64N(p.End() + 1), Epoch: -1}}})
	}
}

// transact has a transactional producer write into some partitions, and end.
func (c *crowd) transact() {
	id := c.pick("tx-a", "tx-b")
	c.cluster.InitTransactional(id, "c2", 4*time.Second, -1, -1, func(t *model.Transaction, err error) {
		if err != nil {
			return
		}
		for range c.dice.IntN(3) + 1 {
			p := c.partition()
			if p == nil || c.cluster.AddPartition(id, t.Producer, t.Epoch, p.Topic.Name, p.Index) != nil {
				continue
			}
			b := c.batch(wire.Batch{Attributes: wire.Transactional, Producer: t.Producer, ProducerEpoch: t.Epoch})
			p.Append(model.Append{Client: "c2", Acks: 1, Batches: []*model.Batch{b}, Transaction: id, Done: func(model.Appended) {}})
			if c.maybe() && c.cluster.AddGroup(id, t.Producer, t.Epoch, "audit") == nil {
				_, _ = c.cluster.CommitInTransaction(id, t.Producer, t.Epoch, model.Identity{Group: "audit", Generation: -1}, []model.Commit{{Topic: p.Topic.Name, Index: p.Index, Offset: model.Offset{At: p.Start()}}})
			}
		}
		if c.dice.IntN(4) > 0 { // else it runs out of time
			c.cluster.EndTransaction(id, t.Producer, t.Epoch, c.maybe(), func(error) {})
		}
	})
}

func (c *crowd) nodes() {
	switch c.dice.IntN(5) {
	case 0:
		c.cluster.NodeDown(c.node(), "injected")
	case 1, 2:
		c.cluster.NodeUp(c.node(), "injected")
	case 3:
		c.cluster.Node(c.node()).Lag = time.Duration(c.dice.IntN(4)) * time.Second
	case 4:
		p := c.partition()
		if p == nil {
			return
		}
		switch c.dice.IntN(4) {
		case 0:
			_ = p.MoveLeader("asked for")
		case 1:
			_ = p.ElectPreferred()
		case 2:
			_ = p.ElectUnclean()
		case 3:
			_ = p.Hand(c.node(), c.maybe(), "asked for")
		}
	}
}

// configs of the topics: what is in them does not stay.
var configs = map[string]map[string]string{
	"a": nil,
	"b": {"retention.ms": "3000", "unclean.leader.election.enable": "true"},
	"c": {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"},
	"d": {"retention.bytes": "600", "min.insync.replicas": "2"},
}

func (c *crowd) topics() {
	name := c.pick("a", "b", "c", "d")
	switch n := c.dice.IntN(10); {
	case n < 6:
		_, _ = c.cluster.CreateTopic(model.NewTopic{Name: name, Partitions: c.dice.Int32N(3) + 1, Replication: int16(c.dice.IntN(3) + 1), Config: configs[name]}, false)
	case n < 7:
		_ = c.cluster.Grow(name, c.dice.Int32N(5)+1, nil, false)
	case n < 9:
		if p := c.partition(); p != nil {
			_, _ = p.DeleteRecords(c.dice.Int64N(p.End()+1), "c1")
		}
	default:
		_ = c.cluster.DeleteTopic(name)
	}
}

func (c *crowd) rare() {
	switch c.dice.IntN(5) {
	case 0:
		c.move()
	case 1:
		_ = c.cluster.DeleteGroup(c.pick("mailer", "fraud", "audit"))
	case 2:
		if p := c.partition(); p != nil {
			_ = c.cluster.DeleteOffset(c.pick("mailer", "fraud", "audit"), p.Topic.Name, p.Index)
		}
	case 3:
		if g := c.cluster.Group(c.pick("mailer", "fraud")); g != nil {
			g.Rebalance("injected")
		}
	case 4:
		c.cluster.Cut("crash")
		c.members = nil
	}
}

// move gives a partition other replicas.
func (c *crowd) move() {
	if p := c.partition(); p != nil {
		replicas := []int32{1, 2, 3}
		c.dice.Shuffle(3, func(i, j int) { replicas[i], replicas[j] = replicas[j], replicas[i] })
		_ = p.Reassign(replicas[:c.dice.IntN(3)+1])
	}
}
