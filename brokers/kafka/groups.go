package kafka

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// or gives the text that a pointer points to, or none.
func or(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// some gives a pointer to a text, nil to none.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// atCoordinator refuses a request about a group or transactional id at the wrong node.
func (k *call) atCoordinator(name string) error { return k.b.cluster.CheckCoordinator(name, k.node) }

// handleFindCoordinator tells which node looks after a group or a transactional id.
func (k *call) handleFindCoordinator() error {
	req, resp := k.request.(*kmsg.FindCoordinatorRequest), k.response().(*kmsg.FindCoordinatorResponse)
	keys := req.CoordinatorKeys
	if k.Version < 4 {
		keys = []string{req.CoordinatorKey}
	}
	for _, key := range keys {
		one := kmsg.NewFindCoordinatorResponseCoordinator()
		one.Key, one.NodeID = key, k.b.cluster.Coordinator(key)
		at := k.b.address(one.NodeID)
		one.Host, one.Port = at.host, at.port
		if one.NodeID == 0 {
			one.NodeID, one.ErrorCode = -1, k.code(model.CoordinatorNotAvailable)
		}
		resp.Coordinators = append(resp.Coordinators, one)
		resp.NodeID, resp.Host, resp.Port, resp.ErrorCode = one.NodeID, one.Host, one.Port, one.ErrorCode
	}
	k.reply(resp)
	return nil
}

// handleJoinGroup answers when all members have joined.
func (k *call) handleJoinGroup() error {
	req := k.request.(*kmsg.JoinGroupRequest)
	if err := firstError(k.atCoordinator(req.Group), k.b.room()); err != nil {
		k.joined(model.Joined{Err: err, Member: req.MemberID, Generation: -1})
		return nil
	}
	host, _, _ := net.SplitHostPort(k.nc.RemoteAddr().String())
	j := model.Join{
		Group: req.Group, Member: req.MemberID, Instance: or(req.InstanceID), Client: k.name, ClientID: k.Client, Host: host,
		Kind: req.ProtocolType, Session: millis(req.SessionTimeoutMillis), Rebalance: millis(req.RebalanceTimeoutMillis),
		NeedsID: k.Version >= 4, Reason: or(req.Reason), Done: k.joined,
	}
	if k.Version == 0 {
		j.Rebalance = j.Session
	}
	for _, p := range req.Protocols {
		j.Protocols = append(j.Protocols, model.Protocol{Name: p.Name, Metadata: p.Metadata})
	}
	k.b.cluster.Join(j)
	return nil
}

func millis(ms int32) time.Duration { return time.Duration(ms) * time.Millisecond }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *call) joined(j model.Joined) {
	resp := k.response().(*kmsg.JoinGroupResponse)
	resp.ErrorCode, resp.Generation, resp.LeaderID, resp.MemberID = k.code(j.Err), j.Generation, j.Leader, j.Member
	resp.ProtocolType, resp.Protocol, resp.SkipAssignment = some(j.Kind), &j.Protocol, j.Skip
	for _, m := range j.Members {
		one := kmsg.NewJoinGroupResponseMember()
		one.MemberID, one.InstanceID, one.ProtocolMetadata = m.ID, some(m.Instance), m.Metadata()
		resp.Members = append(resp.Members, one)
	}
	k.reply(resp)
}

// handleSyncGroup answers when the leader has told what each member reads.
func (k *call) handleSyncGroup() error {
	req := k.request.(*kmsg.SyncGroupRequest)
	done := func(s model.Synced) {
		resp := k.response().(*kmsg.SyncGroupResponse)
		resp.ErrorCode, resp.ProtocolType, resp.Protocol = k.code(s.Err), some(s.Kind), some(s.Protocol)
		resp.MemberAssignment = s.Assignment
		if resp.MemberAssignment == nil {
			resp.MemberAssignment = []byte{}
		}
		k.reply(resp)
	}
	if err := firstError(k.atCoordinator(req.Group), k.b.room()); err != nil {
		done(model.Synced{Err: err})
		return nil
	}
	s := model.Sync{
		Identity: model.Identity{Group: req.Group, Member: req.MemberID, Instance: or(req.InstanceID), Generation: req.Generation},
		Kind:     or(req.ProtocolType), Protocol: or(req.Protocol), Shares: make(map[string][]byte), Done: done,
	}
	for _, a := range req.GroupAssignment {
		s.Shares[a.MemberID] = a.MemberAssignment
	}
	k.b.cluster.Sync(s)
	return nil
}

// handleHeartbeat says that a member is alive.
func (k *call) handleHeartbeat() error {
	req, resp := k.request.(*kmsg.HeartbeatRequest), k.response().(*kmsg.HeartbeatResponse)
	err := k.atCoordinator(req.Group)
	if err == nil {
		err = k.b.cluster.Heartbeat(model.Identity{Group: req.Group, Member: req.MemberID, Instance: or(req.InstanceID), Generation: req.Generation})
	}
	resp.ErrorCode = k.code(err)
	k.reply(resp)
	return nil
}

// handleLeaveGroup takes members out of a group.
func (k *call) handleLeaveGroup() error {
	req, resp := k.request.(*kmsg.LeaveGroupRequest), k.response().(*kmsg.LeaveGroupResponse)
	err := k.atCoordinator(req.Group)
	if err == nil && k.Version < 3 {
		err = k.b.cluster.Leave(req.Group, req.MemberID, "", "")
	}
	for _, m := range req.Members {
		one := kmsg.NewLeaveGroupResponseMember()
		one.MemberID, one.InstanceID = m.MemberID, m.InstanceID
		if err == nil {
			one.ErrorCode = k.code(k.b.cluster.Leave(req.Group, m.MemberID, or(m.InstanceID), or(m.Reason)))
		}
		resp.Members = append(resp.Members, one)
	}
	resp.ErrorCode = k.code(err)
	k.reply(resp)
	return nil
}

// handleListGroups lists the groups that this node looks after.
func (k *call) handleListGroups() error {
	req, resp := k.request.(*kmsg.ListGroupsRequest), k.response().(*kmsg.ListGroupsResponse)
	for _, g := range k.b.cluster.Groups() {
		state := string(g.State())
		if g.Type == model.Consumer {
			state = g.ConsumerState()
		}
		if k.atCoordinator(g.ID) != nil || !listed(req.StatesFilter, state) || !listed(req.TypesFilter, string(g.Type)) {
			continue
		}
		one := kmsg.NewListGroupsResponseGroup()
		one.Group, one.ProtocolType, one.GroupState, one.GroupType = g.ID, g.Kind, state, string(g.Type)
		resp.Groups = append(resp.Groups, one)
	}
	k.reply(resp)
	return nil
}

// listed reports whether a filter, if there is one, names what is asked for.
func listed(filter []string, what string) bool {
	return len(filter) == 0 || slices.ContainsFunc(filter, func(f string) bool { return strings.EqualFold(f, what) })
}

// handleDescribeGroups tells all about groups with the classic protocol. Others are dead to
// a client that does not know theirs.
func (k *call) handleDescribeGroups() error {
	req, resp := k.request.(*kmsg.DescribeGroupsRequest), k.response().(*kmsg.DescribeGroupsResponse)
	for _, id := range req.Groups {
		one := kmsg.NewDescribeGroupsResponseGroup()
		one.Group, one.State = id, string(model.Dead)
		one.ErrorCode = k.code(k.atCoordinator(id))
		if g := k.b.cluster.Group(id); g != nil && g.Type == model.Classic && one.ErrorCode == 0 {
			one.State, one.ProtocolType, one.Protocol = string(g.State()), g.Kind, g.Protocol
			for _, m := range g.Members() {
				member := kmsg.NewDescribeGroupsResponseGroupMember()
				member.MemberID, member.InstanceID, member.ClientID, member.ClientHost = m.ID, some(m.Instance), m.ClientID, "/"+m.Host
				member.ProtocolMetadata, member.MemberAssignment = m.Metadata(), m.Assignment
				one.Members = append(one.Members, member)
			}
		}
		resp.Groups = append(resp.Groups, one)
	}
	k.reply(resp)
	return nil
}

// handleDeleteGroups forgets groups that have no members.
func (k *call) handleDeleteGroups() error {
	req, resp := k.request.(*kmsg.DeleteGroupsRequest), k.response().(*kmsg.DeleteGroupsResponse)
	for _, id := range req.Groups {
		one := kmsg.NewDeleteGroupsResponseGroup()
		one.Group = id
		err := k.atCoordinator(id)
		if err == nil {
			err = k.b.cluster.DeleteGroup(id)
		}
		one.ErrorCode = k.code(err)
		resp.Groups = append(resp.Groups, one)
	}
	k.reply(resp)
	return nil
}
