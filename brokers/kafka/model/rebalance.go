package model

import (
	"fmt"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Join is a member's request to take part in the next generation.
type Join struct {
	Group, Member, Instance string
	Client, ClientID, Host  string
	Kind                    string
	Protocols               []Protocol
	Session, Rebalance      time.Duration
	NeedsID                 bool // a newcomer is given an id first, and has to come again
	Reason                  string
	Done                    func(Joined)
}

// A Joined is the answer: the generation and, for its leader, the members.
type Joined struct {
	Err        error
	Member     string
	Leader     string
	Generation int32
	Kind       string
	Protocol   string
	Members    []*Member // empty but for the leader
	Skip       bool      // the leader is to leave the assignment as it is
}

// Bounds for session timeouts: Kafka's defaults.
const (
	minSession = 6 * time.Second
	maxSession = 30 * time.Minute
)

// Join adds a member to the coming generation, and answers when that has begun.
func (c *Cluster) Join(j Join) {
	g, m, err := c.admitMember(&j)
	if err != nil {
		j.Done(Joined{Err: err, Member: j.Member, Generation: -1})
		return
	}
	if m == nil {
		g.newcomer(&j)
		return
	}
	m.touch()
	same := m.sameProtocols(j.Protocols)
	switch {
	case g.state == Completing && same, g.state == Stable && same && m.ID != g.Leader:
		m.join = j.Done
		m.answerJoin(g.joined(m))
		return
	case g.state == Preparing:
	case g.state == Stable && m.ID == g.Leader:
		g.prepare("the leader joins anew" + because(j.Reason))
	default:
		g.prepare("a member has another subscription" + because(j.Reason))
	}
	m.answerJoin(Joined{Err: RebalanceInProgress}) // an earlier request of the same member
	m.Protocols, m.Session, m.Rebalance, m.join = j.Protocols, j.Session, j.Rebalance, j.Done
	g.tryComplete()
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason[:min(len(reason), maxName)]
}

// admitMember checks a Join. Without a member the one who asks is new.
func (c *Cluster) admitMember(j *Join) (*Group, *Member, error) {
	switch {
	case j.Group == "":
		return nil, nil, InvalidGroupID
	case j.Session < minSession || j.Session > maxSession:
		return nil, nil, InvalidSessionTimeout
	case len(j.Protocols) == 0 || j.Kind == "":
		return nil, nil, InconsistentProtocol
	case j.size() > maxShare:
		return nil, nil, GroupMaxSizeReached
	}
	if j.Member != "" && c.groups[j.Group] == nil {
		return nil, nil, UnknownMemberID
	}
	g, err := c.group(j.Group)
	if err != nil {
		return nil, nil, err
	}
	if len(g.order) > 0 && (g.Type == Consumer || g.Kind != j.Kind || !g.shares(j)) {
		return nil, nil, InconsistentProtocol
	}
	m := g.members[j.Member]
	if owner, ok := g.static[j.Instance]; ok && j.Instance != "" && j.Member != "" && owner != j.Member {
		return nil, nil, FencedInstanceID
	}
	if _, promised := g.promised[j.Member]; j.Member != "" && m == nil && !promised {
		return nil, nil, UnknownMemberID
	}
	return g, m, nil
}

// maxShare bounds what a member may say of itself to the leader, and what the leader may
// give it, in bytes: a group of a thousand members has to fit into the host.
const maxShare = 64 << 10

// size is how many bytes a member says of itself.
func (j *Join) size() (n int) {
	for _, p := range j.Protocols {
		n += len(p.Name) + len(p.Metadata)
	}
	return n
}

// shares reports whether j knows a protocol that all members know.
func (g *Group) shares(j *Join) bool {
	return slices.ContainsFunc(j.Protocols, func(p Protocol) bool {
		return !slices.ContainsFunc(g.order, func(m *Member) bool { return m.ID != j.Member && !m.knows(p.Name) })
	})
}

func (m *Member) knows(protocol string) bool {
	return slices.ContainsFunc(m.Protocols, func(p Protocol) bool { return p.Name == protocol })
}

func (m *Member) sameProtocols(with []Protocol) bool {
	return slices.EqualFunc(m.Protocols, with, func(a, b Protocol) bool {
		return a.Name == b.Name && string(a.Metadata) == string(b.Metadata)
	})
}

// newcomer adds somebody who was no member.
func (g *Group) newcomer(j *Join) {
	c := g.cluster
	if g.Type == Consumer { // it is empty
		g.Type, g.Generation = Classic, g.epoch
	}
	if c.members >= c.cfg.Quota.Consumers {
		j.Done(Joined{Err: GroupMaxSizeReached, Generation: -1})
		return
	}
	if j.Member == "" {
		c.nextMember++
		j.Member = fmt.Sprintf("%s-%d", j.ClientID[:min(len(j.ClientID), maxName)], c.nextMember)
		if j.Instance != "" {
			j.Member = fmt.Sprintf("%s-%d", j.Instance[:min(len(j.Instance), maxName)], c.nextMember)
		}
		if j.NeedsID && j.Instance == "" {
			g.promise(j)
			return
		}
	}
	g.forgetPromise(j.Member)
	m := &Member{
		ID: j.Member, Instance: j.Instance, Client: j.Client, ClientID: j.ClientID, Host: j.Host, Session: j.Session,
		Rebalance: j.Rebalance, Protocols: j.Protocols, group: g, sessions: make(map[int32]*Session), at: make(map[*Partition]int64),
	}
	if owner := g.members[g.static[j.Instance]]; j.Instance != "" && owner != nil {
		if g.replace(owner, m, j) {
			return
		}
	}
	c.members++
	g.Kind = j.Kind
	g.members[m.ID] = m
	g.order = append(g.order, m)
	if m.Instance != "" {
		g.static[m.Instance] = m.ID
	}
	m.join = j.Done
	m.touch()
	if g.state != Preparing {
		g.prepare("a member joins")
	}
	g.tryComplete()
}

// promise gives a newcomer an id to come again with, so that one whose answer is lost
// does not count as a member for ever.
func (g *Group) promise(j *Join) {
	c := g.cluster
	id := j.Member
	g.promised[id] = struct{}{}
	c.members++
	c.after(j.Session, func() { g.forgetPromise(id) })
	j.Done(Joined{Err: MemberIDRequired, Member: id, Generation: -1})
}

func (g *Group) forgetPromise(id string) {
	if _, ok := g.promised[id]; ok {
		delete(g.promised, id)
		g.cluster.members--
	}
}

// replace puts a static member in the place of the one that had its name. If the group
// is at rest and nothing else has changed, everyone goes on as before: that is what
// static members are for.
func (g *Group) replace(old, m *Member, j *Join) (settled bool) {
	g.record(brokers.Event{Kind: brokers.Fenced, Consumer: old.ID, Client: old.Client, Reason: "group.instance.id " + m.Instance + " has joined again"})
	old.answerJoin(Joined{Err: FencedInstanceID})
	old.answerSync(Synced{Err: FencedInstanceID})
	if g.state != Stable || !old.sameProtocols(m.Protocols) {
		g.remove(old, "replaced")
		return false
	}
	old.gone = true
	m.Assignment, m.reads = old.Assignment, old.reads
	for _, p := range m.reads {
		p.readers[slices.Index(p.readers, old)] = m
	}
	delete(g.members, old.ID)
	g.members[m.ID] = m
	g.order[slices.Index(g.order, old)] = m
	g.static[m.Instance] = m.ID
	leads := g.Leader == old.ID
	if leads {
		g.Leader = m.ID
	}
	m.touch()
	m.join = j.Done
	g.recordJoined(m, old.ID)
	answer := g.joined(m)
	answer.Skip = leads
	m.answerJoin(answer)
	return true
}

// prepare begins a join round.
func (g *Group) prepare(why string) {
	c := g.cluster
	wait := time.Duration(0)
	for _, m := range g.order {
		m.answerSync(Synced{Err: RebalanceInProgress})
		wait = max(wait, m.Rebalance)
	}
	if g.state == Empty {
		wait = c.cfg.RebalanceDelay
	}
	early := g.state == Empty && wait > 0
	g.state = Preparing
	g.round++
	round := g.round
	g.record(brokers.Event{Kind: brokers.Rebalancing, Tag: uint64(g.Generation), Reason: why})
	g.early = early
	c.after(wait, func() {
		if g.state == Preparing && g.round == round {
			g.early = false
			g.dropLate()
			g.tryComplete()
		}
	})
}

// dropLate removes the members that have not joined in time. A static one stays until
// its session ends.
func (g *Group) dropLate() {
	for _, m := range slices.Clone(g.order) {
		if m.join == nil && m.Instance == "" {
			g.remove(m, "rebalance.timeout.ms")
		}
	}
	g.late = true
}

// tryComplete ends the join round when all members have joined.
func (g *Group) tryComplete() {
	if g.state != Preparing || g.early {
		return
	}
	for _, m := range g.order {
		if m.join == nil && !(g.late && m.Instance != "") {
			return
		}
	}
	g.late = false
	g.Generation++
	if len(g.order) == 0 {
		g.rest()
		return
	}
	g.state = Completing
	g.Protocol = g.vote()
	if m := g.members[g.Leader]; m == nil || m.join == nil {
		g.Leader = g.order[max(slices.IndexFunc(g.order, func(m *Member) bool { return m.join != nil }), 0)].ID
	}
	for _, m := range g.order {
		g.recordJoined(m, "")
	}
	for _, m := range slices.Clone(g.order) {
		m.touch()
		m.answerJoin(g.joined(m))
	}
}

// recordJoined notes that m is a member of the generation; a static one may have come in
// the place of another.
func (g *Group) recordJoined(m *Member, instead string) {
	m.joined = true
	detail := map[string]any{"protocol": g.Protocol, "leader": m.ID == g.Leader}
	if m.Instance != "" {
		detail["instance"] = m.Instance
	}
	if instead != "" {
		detail["instead"] = instead
	}
	g.record(brokers.Event{Kind: brokers.Joined, Consumer: m.ID, Client: m.Client, Tag: uint64(g.Generation), N: int64(len(g.order)), Detail: detail})
}

// vote chooses the protocol that most members like best, of those that all know.
func (g *Group) vote() string {
	votes := make(map[string]int)
	best := ""
	for _, m := range g.order {
		for _, p := range m.Protocols {
			if slices.ContainsFunc(g.order, func(o *Member) bool { return !o.knows(p.Name) }) {
				continue
			}
			votes[p.Name]++
			if best == "" || votes[p.Name] > votes[best] {
				best = p.Name
			}
			break
		}
	}
	return best
}

// joined is what a member is told at the end of the join round.
func (g *Group) joined(m *Member) Joined {
	j := Joined{Member: m.ID, Leader: g.Leader, Generation: g.Generation, Kind: g.Kind, Protocol: g.Protocol}
	if m.ID == g.Leader {
		j.Members = slices.Clone(g.order)
	}
	return j
}

// answerJoin answers the member's request to join, if there is one.
func (m *Member) answerJoin(j Joined) {
	if done := m.join; done != nil {
		m.join = nil
		if j.Err != nil {
			j.Member, j.Generation = m.ID, -1
		}
		done(j)
	}
}

func (m *Member) answerSync(s Synced) {
	if done := m.sync; done != nil {
		m.sync = nil
		done(s)
	}
}
