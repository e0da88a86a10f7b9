package model

import (
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// An Identity is how a member names itself in every request.
type Identity struct {
	Group, Member, Instance string
	Generation              int32
}

// A Sync is a member's request for its share; the leader's brings everyone's.
type Sync struct {
	Identity
	Kind, Protocol string            // empty: not said
	Shares         map[string][]byte // by member id
	Done           func(Synced)
}

// A Synced is the answer.
type Synced struct {
	Err            error
	Kind, Protocol string
	Assignment     []byte
}

// member finds who asks. Errors: UnknownMemberID, FencedInstanceID, IllegalGeneration.
func (c *Cluster) member(id Identity) (*Member, error) {
	g := c.groups[id.Group]
	switch {
	case id.Group == "":
		return nil, InvalidGroupID
	case g == nil || g.Type == Consumer:
		return nil, UnknownMemberID
	}
	if owner, ok := g.static[id.Instance]; id.Instance != "" && ok && owner != id.Member {
		return nil, FencedInstanceID
	}
	m := g.members[id.Member]
	switch {
	case m == nil:
		return nil, UnknownMemberID
	case id.Generation != g.Generation:
		return nil, IllegalGeneration
	}
	return m, nil
}

// Sync answers with the member's share, when the leader has told it.
func (c *Cluster) Sync(s Sync) {
	m, err := c.member(s.Identity)
	if err != nil {
		s.Done(Synced{Err: err})
		return
	}
	g := m.group
	m.touch()
	for _, share := range s.Shares {
		if len(share) > maxShare {
			s.Done(Synced{Err: Errorf(InvalidRequest, "a share of %d bytes, want at most %d", len(share), maxShare)})
			return
		}
	}
	switch {
	case s.Kind != "" && s.Kind != g.Kind, s.Protocol != "" && s.Protocol != g.Protocol:
		s.Done(Synced{Err: InconsistentProtocol})
	case g.state == Preparing:
		s.Done(Synced{Err: RebalanceInProgress})
	case g.state == Stable:
		s.Done(g.synced(m))
	default:
		m.answerSync(Synced{Err: RebalanceInProgress}) // an earlier request of the same member
		m.sync = s.Done
		if m.ID == g.Leader {
			g.settle(s.Shares)
		}
	}
}

// settle gives every member its share: the generation has begun.
func (g *Group) settle(shares map[string][]byte) {
	g.state = Stable
	for _, m := range g.order {
		m.assign(shares[m.ID])
	}
	for _, m := range slices.Clone(g.order) {
		m.touch()
		m.answerSync(g.synced(m))
	}
}

func (g *Group) synced(m *Member) Synced {
	return Synced{Kind: g.Kind, Protocol: g.Protocol, Assignment: m.Assignment}
}

// Heartbeat says that a member is alive. Its error says that a round has begun.
func (c *Cluster) Heartbeat(id Identity) error {
	m, err := c.member(id)
	if err != nil {
		return err
	}
	m.touch()
	if m.group.state == Preparing {
		return RebalanceInProgress
	}
	return nil
}

// Leave takes a member out of its group; a static one may be named by its instance.
func (c *Cluster) Leave(group, member, instance, why string) error {
	g := c.groups[group]
	if g == nil {
		return UnknownMemberID
	}
	if _, ok := g.promised[member]; ok {
		g.forgetPromise(member)
		return nil
	}
	if owner, ok := g.static[instance]; instance != "" && ok {
		if member != "" && owner != member {
			return FencedInstanceID
		}
		member = owner
	}
	m := g.members[member]
	if m == nil {
		return UnknownMemberID
	}
	if why == "" {
		why = "left"
	}
	g.remove(m, why[:min(len(why), maxName)])
	g.lost("a member has left")
	return nil
}

// DeleteGroup forgets a group that has no members. Errors: GroupIDNotFound,
// GroupNotEmpty.
func (c *Cluster) DeleteGroup(id string) error {
	g := c.groups[id]
	switch {
	case g == nil:
		return GroupIDNotFound
	case g.state != Empty:
		return GroupNotEmpty
	}
	g.state = Dead
	for _, o := range g.Offsets() {
		g.forget(partitionID{o.Topic, o.Index})
	}
	delete(c.groups, id)
	c.record(brokers.Event{Kind: brokers.Deleted, Group: id})
	return nil
}

// A Session is what the cluster knows of a connection over which somebody reads.
type Session struct {
	cluster  *Cluster
	node     int32
	clientID string
	host     string
	member   *Member
}

// NewSession begins a session.
func (c *Cluster) NewSession(node int32, clientID, host string) *Session {
	return &Session{cluster: c, node: node, clientID: clientID, host: host}
}

// reader finds out for which member of which group a connection reads. A Fetch does not
// say: it is a member to whom the partition is assigned, with the same client id and
// host and, if there are several, one for whom no other connection to this node reads.
// Nil: it reads for none.
func (s *Session) reader(p *Partition) *Member {
	if m := s.member; m == nil || m.gone || !slices.Contains(p.readers, m) {
		s.member = nil
		for _, m := range p.readers {
			claimed := m.sessions[s.node]
			if m.ClientID == s.clientID && m.Host == s.host && (claimed == nil || claimed == s || claimed.member != m) {
				s.member = m
				m.sessions[s.node] = s
				break
			}
		}
	}
	return s.member
}

// End forgets the session.
func (s *Session) End() {
	if s.member != nil && s.member.sessions[s.node] == s {
		delete(s.member.sessions, s.node)
	}
	s.member = nil
}

// given notes that the member is given the records from one offset to another, and
// returns the offset before which its group was given what there is, already.
func (m *Member) given(p *Partition, from, to int64) (before int64) {
	if m == nil {
		return 0
	}
	m.at[p] = to + 1
	before, known := m.group.reached[p]
	if !known {
		m.group.began[p] = from
	}
	m.group.reached[p] = max(before, to+1)
	return before
}
