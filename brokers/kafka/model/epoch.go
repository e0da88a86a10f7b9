package model

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// The consumer protocol (KIP-848) does without rounds. A member's one request is its
// heartbeat. In it the member says what it has subscribed to and what it owns, and the
// answer says what it may read. The group's epoch counts what has changed: members,
// subscriptions, topics. With each epoch the coordinator itself works out who is to read
// what, the target, and brings one member after the other there: first those who have
// something to give up, then those who get it. A member's epoch is the target that it has
// reached.

// A GroupType is the protocol by which a group's members agree.
type GroupType string

// The types of a group, in Kafka's words.
const (
	Classic  GroupType = "Classic"
	Consumer GroupType = "Consumer"
)

// What a Beat may have as its epoch, beside the member's own.
const (
	epochJoin  = 0
	EpochLeave = -1 // the member is leaving
	epochAway  = -2 // a static member that will be back
)

// A Beat is the heartbeat of a member of a group with the consumer protocol.
type Beat struct {
	Group, Member, Instance string
	Client, ClientID, Host  string
	Rack                    string
	Epoch                   int32
	Rebalance               time.Duration // how long it may take to give up partitions; negative: as before
	Topics                  []string      // subscribed to; nil: as before
	Pattern                 *string       // a regular expression for more; nil: as before
	Assignor                *string       // which it prefers; nil: as before
	Owned                   []Owned       // all that it owns; nil: as before
}

// Owned are partitions of a topic, which this protocol names by its id.
type Owned struct {
	Topic      [16]byte
	Partitions []int32
}

// A Beaten is the answer.
type Beaten struct {
	Member     string
	Epoch      int32
	Heartbeat  time.Duration // until the next one
	Assignment []Owned       // what the member may read; nil: as before
}

// reconciling is what a group with the consumer protocol knows of a member beside.
type reconciling struct {
	epoch, before int32 // the target that it has reached, and its epoch before that
	away          bool  // a static member that has said it will be back
	topics        []string
	pattern       *regexp.Regexp
	matches       map[*Topic]bool // what the pattern says of topics; filled when asked
	assignor      string
	rack          string
	target        []*Partition         // what it is to read
	revoking      []*Partition         // of what it reads, what it has been told to give up
	revokingFor   int32                // the target that wants that
	patience      brokers.Timer        // until it has to be done
	since         map[*Partition]int32 // the epoch in which it was given what it reads
	told          int32                // the epoch for which the journal knows all that it reads; 0: none
}

// Beat hears of a member: it joins, goes on or leaves. Errors: InvalidRequest,
// InvalidRegularExpression, UnsupportedAssignor, GroupIDNotFound, GroupMaxSizeReached,
// UnknownMemberID, FencedMemberEpoch, FencedInstanceID, UnreleasedInstanceID.
func (c *Cluster) Beat(b Beat) (Beaten, error) {
	pattern, err := b.check()
	if err != nil {
		return Beaten{}, err
	}
	g, err := c.beating(&b)
	if err != nil {
		return Beaten{}, err
	}
	if b.Epoch < epochJoin {
		return g.leaves(&b)
	}
	m, err := g.member(&b)
	if err != nil {
		return Beaten{}, err
	}
	m.touch()
	why := ""
	if b.Epoch == epochJoin && m.epoch == 0 {
		why = "a member joins"
	}
	if m.hear(&b, pattern) && why == "" {
		why = "a member has another subscription"
	}
	if why == "" && g.topicsChanged() {
		why = "the topics have changed"
	}
	if why != "" {
		g.bump(why)
	}
	had := m.assigned()
	m.reconcile(c.partitionsOf(b.Owned))
	out := Beaten{Member: m.ID, Epoch: m.epoch, Heartbeat: c.cfg.ConsumerHeartbeat}
	if now := m.assigned(); b.full() || !slices.Equal(had, now) {
		out.Assignment = ownedOf(now)
	}
	return out, nil
}

// full reports whether a member has said all there is to say, as one does that has lost
// an answer: it is told all there is.
func (b *Beat) full() bool {
	return b.Epoch == epochJoin || b.Rebalance >= 0 && (b.Topics != nil || b.Pattern != nil) && b.Owned != nil
}

// check refuses what makes no sense, and returns the compiled pattern, if there is one.
func (b *Beat) check() (*regexp.Regexp, error) {
	wrong := ""
	switch {
	case b.Group == "":
		wrong = "GroupId can't be empty."
	case b.Member == "":
		wrong = "MemberId can't be empty."
	case len(b.Member) > maxName:
		wrong = fmt.Sprintf("MemberId of %d bytes, want at most %d.", len(b.Member), maxName)
	case b.Epoch < epochAway:
		wrong = "MemberEpoch is invalid."
	case b.Epoch != epochJoin:
	case b.Rebalance < 0:
		wrong = "RebalanceTimeoutMs must be provided in first request."
	case b.Owned == nil || len(b.Owned) > 0:
		wrong = "TopicPartitions must be empty when (re-)joining."
	case b.Topics == nil && (b.Pattern == nil || *b.Pattern == ""):
		wrong = "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining."
	}
	if wrong != "" {
		return nil, Errorf(InvalidRequest, "%s", wrong)
	}
	if b.Assignor != nil && assignors[*b.Assignor] == nil {
		return nil, Errorf(UnsupportedAssignor, "ServerAssignor %.100s is not supported. Supported assignors: uniform, range.", *b.Assignor)
	}
	if b.size() > maxShare {
		return nil, GroupMaxSizeReached
	}
	if b.Pattern == nil || *b.Pattern == "" {
		return nil, nil
	}
	pattern, err := brokers.CompilePattern(`\A(?:` + *b.Pattern + `)\z`)
	if err != nil {
		return nil, Errorf(InvalidRegularExpression, "SubscribedTopicRegex %.100s is not a valid regular expression: %.100v.", *b.Pattern, err)
	}
	return pattern, nil
}

// size is how many bytes a member says of itself that are kept.
func (b *Beat) size() int {
	n := len(b.Instance) + len(b.Rack)
	for _, t := range b.Topics {
		n += len(t) + 16
	}
	if b.Pattern != nil {
		n += 32 * len(*b.Pattern) // compiled, it takes more room
	}
	return n
}

// beating finds the group of a heartbeat. Whoever joins makes it, or makes one without
// members its own: offsets stay, whatever the type.
func (c *Cluster) beating(b *Beat) (*Group, error) {
	g := c.groups[b.Group]
	switch {
	case g == nil && b.Epoch != epochJoin:
		return nil, Errorf(GroupIDNotFound, "Consumer group %s not found.", b.Group)
	case g != nil && g.Type == Consumer:
		return g, nil
	case g != nil && g.state != Empty:
		return nil, Errorf(GroupIDNotFound, "Group %s is not a consumer group.", b.Group)
	}
	g, err := c.group(b.Group)
	if err != nil {
		return nil, err
	}
	g.Type, g.Kind, g.epoch = Consumer, "consumer", g.Generation
	return g, nil
}

// member finds who says that it is alive. One that joins is new, unless it is known.
func (g *Group) member(b *Beat) (*Member, error) {
	m, owner := g.members[b.Member], g.members[g.static[b.Instance]]
	if b.Instance == "" {
		owner = nil
	}
	if b.Epoch == epochJoin {
		switch {
		case owner != nil && owner != m && !owner.away:
			return nil, Errorf(UnreleasedInstanceID, "Static member %s with instance id %s cannot join, since member %s still holds the instance id.", b.Member, b.Instance, owner.ID)
		case owner != nil && owner != m:
			return g.comeBack(owner, b), nil
		case m == nil:
			return g.welcome(b)
		}
		m.away = false
		return m, nil
	}
	switch {
	case owner != nil && owner != m:
		return nil, Errorf(FencedInstanceID, "Static member %s with instance id %s was fenced by member %s.", b.Member, b.Instance, owner.ID)
	case m == nil:
		return nil, Errorf(UnknownMemberID, "Member %s is not a member of group %s.", b.Member, g.ID)
	case b.Epoch == m.epoch && !m.away:
	case b.Epoch != m.before || b.Owned == nil || !m.ownsAtMost(b.Owned):
		return nil, Errorf(FencedMemberEpoch, "The consumer group member has epoch %d, and %d on the coordinator. The member must abandon all its partitions and rejoin.", b.Epoch, m.epoch)
	} // one that has lost an answer goes on with its epoch before
	return m, nil
}

// ownsAtMost reports whether the member may read all that it says it owns.
func (m *Member) ownsAtMost(owned []Owned) bool {
	mine := m.assigned()
	for p := range m.group.cluster.partitionsOf(owned) {
		if !slices.Contains(mine, p) {
			return false
		}
	}
	return true
}

// welcome takes in somebody who was no member. Error: GroupMaxSizeReached.
func (g *Group) welcome(b *Beat) (*Member, error) {
	c := g.cluster
	if c.members >= c.cfg.Quota.Consumers {
		return nil, GroupMaxSizeReached
	}
	c.members++
	m := g.newMember(b)
	g.members[m.ID] = m
	g.order = append(g.order, m)
	if m.Instance != "" {
		g.static[m.Instance] = m.ID
	}
	return m, nil
}

func (g *Group) newMember(b *Beat) *Member {
	return &Member{
		ID: b.Member, Instance: b.Instance, Client: b.Client, ClientID: b.ClientID, Host: b.Host,
		Session: g.cluster.cfg.ConsumerSession, Rebalance: b.Rebalance, group: g,
		sessions: make(map[int32]*Session), at: make(map[*Partition]int64), reconciling: reconciling{since: make(map[*Partition]int32)},
	}
}

// comeBack puts a static member in the place that it has left: it reads what it read, and
// nobody else notices.
func (g *Group) comeBack(old *Member, b *Beat) *Member {
	m := g.newMember(b)
	m.reads, m.reconciling = old.reads, old.reconciling
	m.away, m.told = false, 0
	for _, p := range m.reads {
		p.readers[slices.Index(p.readers, old)] = m
	}
	old.gone = true
	if old.timer != nil {
		old.timer.Stop()
	}
	delete(g.members, old.ID)
	g.members[m.ID] = m
	g.order[slices.Index(g.order, old)] = m
	g.static[m.Instance] = m.ID
	g.recordJoined(m, old.ID)
	return m
}

// hear notes what a member says of itself, and reports whether it has subscribed to
// something else than before.
func (m *Member) hear(b *Beat, pattern *regexp.Regexp) (changed bool) {
	if b.Rebalance >= 0 {
		m.Rebalance = b.Rebalance
	}
	if b.Rack != "" {
		m.rack = b.Rack
	}
	if b.Assignor != nil {
		m.assignor = *b.Assignor
	}
	if b.Topics != nil {
		topics := slices.Compact(slices.Sorted(slices.Values(b.Topics)))
		changed = !slices.Equal(m.topics, topics)
		m.topics = topics
	}
	if b.Pattern != nil && textOf(pattern) != textOf(m.pattern) {
		changed, m.pattern, m.matches = true, pattern, make(map[*Topic]bool)
	}
	return changed
}

func textOf(pattern *regexp.Regexp) string {
	if pattern == nil {
		return ""
	}
	return pattern.String()
}

// subscribes reports whether a member wants a topic.
func (m *Member) subscribes(t *Topic) bool {
	if _, named := slices.BinarySearch(m.topics, t.Name); named || m.pattern == nil {
		return named
	}
	match, known := m.matches[t]
	if !known {
		match = m.pattern.MatchString(t.Name)
		m.matches[t] = match
	}
	return match
}

// leaves takes a member out of the group. A static one that will be back keeps its place
// until its session ends.
func (g *Group) leaves(b *Beat) (Beaten, error) {
	m, owner := g.members[b.Member], g.members[g.static[b.Instance]]
	switch {
	case b.Instance != "" && owner != nil && owner != m:
		return Beaten{}, FencedInstanceID
	case m == nil:
		return Beaten{}, Errorf(UnknownMemberID, "Member %s is not a member of group %s.", b.Member, g.ID)
	case b.Epoch == epochAway && m.Instance != "":
		m.away = true
		m.stay()
	default:
		g.remove(m, "left")
		g.lost("a member has left")
	}
	return Beaten{Member: b.Member, Epoch: b.Epoch}, nil
}

// MayFetchOffsets refuses a member that names itself and is none, or has an epoch that is
// not its own. A group with the classic protocol does not ask. Errors: UnknownMemberID,
// StaleMemberEpoch.
func (g *Group) MayFetchOffsets(member string, epoch int32) error {
	if g == nil || g.Type != Consumer || member == "" && epoch < 0 {
		return nil
	}
	m := g.members[member]
	switch {
	case m == nil:
		return UnknownMemberID
	case m.epoch != epoch:
		return StaleMemberEpoch
	}
	return nil
}

// commits finds the member that commits. Errors: UnknownMemberID, StaleMemberEpoch.
func (g *Group) commits(id Identity) (*Member, error) {
	m := g.members[id.Member]
	switch {
	case m == nil:
		return nil, UnknownMemberID
	case id.Generation < 0 || id.Generation > m.epoch:
		return nil, StaleMemberEpoch
	}
	return m, nil
}

// mayCommit refuses offsets with an epoch in which the member did not have the partition
// yet: another may have read it since. One that was the member's before the epoch moved
// on is still its own. Error: StaleMemberEpoch.
func (m *Member) mayCommit(p *Partition, epoch int32) error {
	if m == nil || m.group.Type != Consumer || epoch == m.epoch {
		return nil
	}
	if since, ok := m.since[p]; !ok || since > epoch {
		return StaleMemberEpoch
	}
	return nil
}

// ConsumerState is the state of a group with the consumer protocol, in Kafka's words.
func (g *Group) ConsumerState() string {
	switch {
	case len(g.order) == 0:
		return string(Empty)
	case slices.ContainsFunc(g.order, func(m *Member) bool { return !m.settled() }):
		return "Reconciling"
	}
	return string(Stable)
}

// A Standing is what there is to tell of a member of a group with the consumer protocol.
type Standing struct {
	Epoch            int32
	Rack             string
	Topics           []string
	Pattern          string
	Assigned, Target []*Partition
}

// Standing tells where a member is, and where it is to be.
func (m *Member) Standing() Standing {
	pattern := textOf(m.pattern)
	if pattern != "" {
		pattern = pattern[len(`\A(?:`) : len(pattern)-len(`)\z`)]
	}
	target := slices.SortedFunc(slices.Values(m.target), byPlace)
	return Standing{Epoch: m.epoch, Rack: m.rack, Topics: m.topics, Pattern: pattern, Assigned: m.assigned(), Target: target}
}

// Epoch is the epoch of a group with the consumer protocol.
func (g *Group) Epoch() int32 { return g.epoch }

// Assignor is by which of the assignors the target was made.
func (g *Group) Assignor() string { return g.assignor }

// recordShare notes what a member reads, once it is no longer what the journal knows.
func (m *Member) recordShare(gained []*Partition) {
	g, all := m.group, m.told != m.epoch
	m.told = m.epoch
	if all {
		gained = m.reads
	}
	e := brokers.Event{Kind: brokers.Assigned, Consumer: m.ID, Client: m.Client, Tag: uint64(m.epoch)}
	for _, p := range gained {
		e.Place = p.place
		g.record(e)
	}
	if all && len(gained) == 0 {
		g.record(e)
	}
	g.state = Stable
}
