package model

import (
	"maps"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A Group shares out partitions among its members. With the classic protocol they agree in
// two rounds, for which the coordinator waits for all of them: in the first (join) it
// learns who is there, in the second (sync) the leader, a member, tells everyone what to
// read. Each pair of rounds begins a generation. The consumer protocol, see epoch.go, has
// no rounds.
type Group struct {
	ID         string
	Generation int32
	Type       GroupType
	Kind       string // protocol type; "consumer" for consumers
	Protocol   string // how partitions are shared out
	Leader     string // member id; empty in a group with the consumer protocol

	cluster     *Cluster
	coordinator int32
	state       GroupState
	members     map[string]*Member
	order       []*Member           // by when they joined
	static      map[string]string   // member ids, by group.instance.id
	promised    map[string]struct{} // member ids given out, not yet used
	round       int                 // counts join rounds, so that old timers know
	early       bool                // an empty group waits for more members than its first
	late        bool                // the round's time is over
	offsets     map[partitionID]Offset
	reached     map[*Partition]int64 // up to where members were given records
	began       map[*Partition]int64 // where members began to read, before any commit
	emptySince  time.Time
	journalled  bool // the journal knows of the group

	// Of a group with the consumer protocol, whose Generation is the newest epoch that a
	// member has reached:
	epoch      int32
	assignor   string           // of the target
	shape      int              // of the topics when it was last looked at
	subscribed map[[16]byte]int // partitions of the topics when the target was made, by topic id
}

// A GroupState is where a group stands between its rounds, in Kafka's words.
type GroupState string

// The states of a group.
const (
	Empty      GroupState = "Empty"
	Preparing  GroupState = "PreparingRebalance"
	Completing GroupState = "CompletingRebalance"
	Stable     GroupState = "Stable"
	Dead       GroupState = "Dead"
)

// A Member is a consumer in a group.
type Member struct {
	ID         string
	Instance   string // group.instance.id of a static member, or empty
	Client     string // connection, in the journal
	ClientID   string
	Host       string
	Session    time.Duration
	Rebalance  time.Duration
	Protocols  []Protocol
	Assignment []byte

	group    *Group
	join     func(Joined) // waits for the end of the join round
	sync     func(Synced) // waits for the leader
	due      time.Time    // when the session ends, unless it is heard of
	timer    brokers.Timer
	reads    []*Partition
	sessions map[int32]*Session // connections over which it reads, by node
	gone     bool
	joined   bool                 // has been in a generation
	at       map[*Partition]int64 // where it is in what it reads: after the last record that it was given
	reconciling
}

// A Protocol is a way to share out partitions that a member knows, and what it says to
// the leader about itself.
type Protocol struct {
	Name     string
	Metadata []byte
}

// partitionID names a partition, whether it is there or not.
type partitionID struct {
	topic string
	index int32
}

// Group returns a group by its id, or nil.
func (c *Cluster) Group(id string) *Group { return c.groups[id] }

// Groups returns all groups by id.
func (c *Cluster) Groups() []*Group {
	out := make([]*Group, 0, len(c.groups))
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		out = append(out, c.groups[id])
	}
	return out
}

// group returns a group, and makes it if it is not there. Error: GroupMaxSizeReached.
func (c *Cluster) group(id string) (*Group, error) {
	if g := c.groups[id]; g != nil {
		return g, nil
	}
	if len(c.groups) >= c.cfg.Quota.Queues {
		return nil, GroupMaxSizeReached
	}
	g := &Group{
		ID: id, Type: Classic, cluster: c, coordinator: c.Coordinator(id), state: Empty,
		members: make(map[string]*Member), static: make(map[string]string), promised: make(map[string]struct{}),
		offsets: make(map[partitionID]Offset), reached: make(map[*Partition]int64), began: make(map[*Partition]int64),
	}
	c.groups[id] = g
	return g, nil
}

// CheckCoordinator refuses a request about a group or transactional id that came to a
// node which does not look after it.
func (c *Cluster) CheckCoordinator(name string, node int32) error {
	if c.Coordinator(name) != node {
		return NotCoordinator
	}
	return nil
}

// State returns the group's state.
func (g *Group) State() GroupState { return g.state }

// Members returns the members, the oldest first.
func (g *Group) Members() []*Member { return slices.Clone(g.order) }

// Metadata is what a member says of itself for the protocol that was chosen.
func (m *Member) Metadata() []byte {
	if i := slices.IndexFunc(m.Protocols, func(p Protocol) bool { return p.Name == m.group.Protocol }); i >= 0 {
		return m.Protocols[i].Metadata
	}
	return nil
}

// record appends to the journal what happened to the group.
func (g *Group) record(e brokers.Event) {
	e.Group = g.ID
	g.journalled = true
	g.cluster.record(e)
}

// coordinatorsMoved tells members of groups that another node looks after them now. What
// the group knows moves along, as it is kept in a replicated log.
func (c *Cluster) coordinatorsMoved() {
	for _, g := range c.Groups() {
		now := c.Coordinator(g.ID)
		if now == g.coordinator {
			continue
		}
		g.coordinator = now
		for _, m := range g.order {
			m.answerJoin(Joined{Err: NotCoordinator})
			m.answerSync(Synced{Err: NotCoordinator})
			m.touch()
		}
	}
}

// touch notes that a member was heard of: its session begins anew.
func (m *Member) touch() {
	c := m.group.cluster
	m.due = c.clock.Now().Add(m.Session)
	if m.timer == nil {
		m.timer = c.after(m.Session, m.expire)
	}
}

// expire ends the session of a member that was not heard of in time. One that waits for
// a round is alive.
func (m *Member) expire() {
	m.timer = nil
	if m.gone {
		return
	}
	c := m.group.cluster
	left := m.due.Sub(c.clock.Now())
	if m.join != nil || m.sync != nil {
		left = max(left, m.Session)
	}
	if left > 0 {
		m.timer = c.after(left, m.expire)
		return
	}
	m.group.remove(m, "session.timeout.ms")
	m.group.lost("a member's session has expired")
}

// remove takes a member out of the group. Whoever calls it goes on with lost.
func (g *Group) remove(m *Member, why string) {
	m.answerJoin(Joined{Err: UnknownMemberID})
	m.answerSync(Synced{Err: UnknownMemberID})
	m.gone = true
	g.cluster.members--
	if m.timer != nil {
		m.timer.Stop()
	}
	m.unassign()
	delete(g.members, m.ID)
	if g.static[m.Instance] == m.ID {
		delete(g.static, m.Instance)
	}
	g.order = slices.DeleteFunc(g.order, func(o *Member) bool { return o == m })
	g.record(brokers.Event{Kind: brokers.Left, Consumer: m.ID, Client: m.Client, Reason: why, N: int64(len(g.order))})
}

// lost begins a round after members have gone, or ends the group's activity.
func (g *Group) lost(why string) {
	switch {
	case g.Type == Consumer && len(g.order) > 0:
		g.bump(why)
	case g.Type == Classic && g.state == Preparing:
		g.tryComplete()
	case len(g.order) > 0:
		g.prepare(why)
	case g.state != Empty:
		g.Generation++
		g.rest()
	}
}

// rest makes the group one without members. Its offsets stay, for a week.
func (g *Group) rest() {
	c := g.cluster
	g.state, g.Leader, g.Protocol = Empty, "", ""
	g.epoch = max(g.epoch+1, g.Generation)
	g.emptySince = c.clock.Now()
	since := g.emptySince
	c.after(offsetsRetention, func() {
		if g.state == Empty && g.emptySince.Equal(since) && c.groups[g.ID] == g {
			g.expireOffsets()
		}
	})
}

// unassign takes what a member read away from it.
func (m *Member) unassign() {
	for _, p := range m.reads {
		p.readers = slices.DeleteFunc(p.readers, func(o *Member) bool { return o == m })
	}
	m.reads = nil
}

// assign gives a member what the leader has set aside for it.
func (m *Member) assign(assignment []byte) {
	g := m.group
	had := m.reads
	m.unassign()
	m.Assignment = assignment
	defer m.goOn(had)
	shares, err := wire.ReadAssignment(assignment)
	if g.Kind != "consumer" || err != nil {
		shares = nil
	}
	for _, s := range shares {
		for _, index := range s.Partitions {
			p, err := g.cluster.Partition(s.Topic, index)
			if err != nil || slices.Contains(m.reads, p) {
				continue
			}
			m.reads = append(m.reads, p)
			p.readers = append(p.readers, m)
			g.record(brokers.Event{Kind: brokers.Assigned, Consumer: m.ID, Client: m.Client, Place: p.place, Tag: uint64(g.Generation)})
		}
	}
	if len(m.reads) == 0 {
		g.record(brokers.Event{Kind: brokers.Assigned, Consumer: m.ID, Client: m.Client, Tag: uint64(g.Generation)})
	}
}

// goOn forgets where the member was in what it no longer reads.
func (m *Member) goOn(had []*Partition) {
	for p := range m.at {
		if !slices.Contains(had, p) || !slices.Contains(m.reads, p) {
			delete(m.at, p)
		}
	}
}
