package kafka

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A group whose members stay the same shares out its partitions as before, if it can: an
// injected rebalance alone moves none. So visitors come with it, as many as there are
// members. They join, get their share, and leave again, as new copies of a program do
// that start badly; what they were given has to go to somebody else then. They read and
// commit nothing.

const (
	visitorName    = "visitor" // the client id, which the member id begins with
	visitorBeat    = 5 * time.Millisecond
	visitorSession = 10 * time.Second
	visitorStays   = 40   // heartbeats without a share, in a group that is at rest
	visitorHopes   = 2000 // heartbeats while somebody has yet to take what another gave up
)

// A visitor is one of them. Only steps of the sequencer touch it.
type visitor struct {
	broker *Broker
	group  string
	as     []model.Protocol
	topics []string // that all protocols name
	id     model.Identity
	next   func() // what it does at its next beat; nil: it waits for an answer
	left   bool
	shared bool // it has been given partitions
	beats  int  // since it was told its share, and nothing more is to come
	hopes  int  // since it was told its share, and something is
}

// visit sends visitors to a group of consumers. It is called inside the sequencer.
func (b *Broker) visit(g *model.Group) {
	members := g.Members()
	switch {
	case g.Kind != "consumer" || len(members) == 0:
		return
	case g.Type == model.Consumer:
		b.call(g, len(members))
		return
	}
	as, topics := make([]model.Protocol, 0, len(members[0].Protocols)), []string(nil)
	for _, p := range members[0].Protocols {
		shares, err := wire.ReadSubscription(p.Metadata)
		if err != nil {
			return // nobody can tell what they share out
		}
		topics = make([]string, 0, len(shares))
		for _, s := range shares {
			topics = append(topics, s.Topic)
		}
		as = append(as, model.Protocol{Name: p.Name, Metadata: wire.Subscription(topics...)})
	}
	for range members {
		v := &visitor{broker: b, group: g.ID, as: as, topics: topics}
		v.next = v.join
		v.beat()
	}
}

// beat does what is next, and comes again until the visitor has left.
func (v *visitor) beat() {
	if v.next != nil {
		v.next()
	}
	if !v.left {
		v.broker.clock.AfterFunc(visitorBeat, func() { v.broker.run(v.beat) })
	}
}

func (v *visitor) join() {
	v.next = nil
	v.broker.cluster.Join(model.Join{
		Group: v.group, Member: v.id.Member, ClientID: visitorName, Kind: "consumer", Protocols: v.as,
		Session: visitorSession, Rebalance: visitorSession, Done: v.joined,
	})
}

// joined hears who is in the generation. A visitor is not there to lead one: those who
// would know what to give whom have gone meanwhile.
func (v *visitor) joined(j model.Joined) {
	v.id = model.Identity{Group: v.group, Member: j.Member, Generation: j.Generation}
	v.goOn(j.Err, v.sync)
	if j.Err == nil && j.Leader == j.Member {
		v.next = v.leave
	}
}

func (v *visitor) sync() {
	v.next = nil
	v.broker.cluster.Sync(model.Sync{Identity: v.id, Done: v.synced})
}

func (v *visitor) synced(s model.Synced) {
	shares, err := wire.ReadAssignment(s.Assignment)
	v.shared, v.beats, v.hopes = err == nil && len(shares) > 0, 0, 0
	v.goOn(s.Err, v.stay)
}

// stay leaves when the share has come, or does not come. How long a member takes to ask
// anew, once it has given up a part of its share, is the member's affair.
func (v *visitor) stay() {
	if v.inTransit() {
		v.hopes++
	} else {
		v.beats++
	}
	v.goOn(v.broker.cluster.Heartbeat(v.id), v.stay)
	if v.shared || v.beats > visitorStays || v.hopes > visitorHopes {
		v.leave()
	}
}

// inTransit reports whether there are partitions that nobody has in this generation:
// those that a cooperative member was told to give up come to another in the next.
func (v *visitor) inTransit() bool {
	g := v.broker.cluster.Group(v.group)
	if g == nil {
		return false
	}
	given := make(map[string]int)
	for _, m := range g.Members() {
		if len(m.Assignment) == 0 {
			continue
		}
		shares, err := wire.ReadAssignment(m.Assignment)
		if err != nil {
			return false // nobody can tell
		}
		for _, s := range shares {
			given[s.Topic] += len(s.Partitions)
		}
	}
	return slices.ContainsFunc(v.topics, func(name string) bool {
		t := v.broker.cluster.Topic(name)
		return t != nil && given[name] < len(t.Partitions)
	})
}

func (v *visitor) leave() {
	v.left = true
	_ = v.broker.cluster.Leave(v.group, v.id.Member, "", "") // it may have been put out
}

// goOn says what is next after an answer.
func (v *visitor) goOn(err error, next func()) {
	switch {
	case errors.Is(err, model.RebalanceInProgress):
		v.next = v.join
	case err != nil:
		v.left = true // it was put out, or never let in
	default:
		v.next = next
	}
}

// A caller is a visitor of a group with the consumer protocol (KIP-848): it has a share
// when somebody else has given one up.
type caller struct {
	broker *Broker
	says   model.Beat
	calls  int
}

// callsInBeat is how often a caller asks in the time in which members are heard of once.
const callsInBeat = 10

// call sends n visitors.
func (b *Broker) call(g *model.Group, n int) {
	seq := b.journal.Last()
	for i := range n {
		v := &caller{broker: b, says: model.Beat{
			Group: g.ID, Member: fmt.Sprintf("%s-%d-%d", visitorName, seq, i+1), ClientID: visitorName,
			Rebalance: visitorSession, Topics: g.Topics(), Owned: []model.Owned{},
		}}
		v.ask()
	}
}

// ask sends a heartbeat, and goes on sending them until there is a share, or none is to
// come. With the one after that the visitor leaves. What it is to have others give up
// first, in their own time, which the group bounds.
func (v *caller) ask() {
	if len(v.says.Owned) > 0 || v.calls > visitorStays && !v.expects() {
		v.says.Epoch = model.EpochLeave
	}
	v.calls++
	told, err := v.broker.cluster.Beat(v.says)
	if err != nil || v.says.Epoch == model.EpochLeave {
		return // it was put out, never let in, or has left
	}
	v.says.Epoch, v.says.Topics, v.says.Rebalance = told.Epoch, nil, -1
	if told.Assignment != nil {
		v.says.Owned = told.Assignment
	}
	v.broker.clock.AfterFunc(told.Heartbeat/callsInBeat, func() { v.broker.run(v.ask) })
}

// expects reports whether the visitor is to have a share.
func (v *caller) expects() bool {
	g := v.broker.cluster.Group(v.says.Group)
	return g != nil && slices.ContainsFunc(g.Members(), func(m *model.Member) bool {
		return m.ID == v.says.Member && len(m.Standing().Target) > 0
	})
}
