package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// A group is what the tool tells of a group, by whichever protocol its members agree.
type group struct {
	name, state, protocol string
	coordinator           kadm.BrokerDetail
	members               []groupMember
}

// A groupMember is a member of a group.
type groupMember struct {
	id, host, client string
	assigned         kadm.TopicsSet
}

// described is a group as the cluster knows it. One that is not there is an error.
func (c *call) described(adm *kadm.Client, name string) (group, error) {
	all, err := adm.DescribeGroups(c.ctx, name)
	if err != nil {
		return group{}, errors.New(reason(err, ""))
	}
	d := all[name]
	switch {
	case d.Err != nil && !errors.Is(d.Err, kerr.GroupIDNotFound):
		return group{}, errors.New(reason(d.Err, d.ErrMessage))
	case d.Err != nil || d.State == "Dead":
		return c.describedConsumers(adm, name)
	}
	g := group{name: name, state: d.State, protocol: d.Protocol, coordinator: d.Coordinator}
	for _, m := range d.Members {
		one := groupMember{id: m.MemberID, host: host(m.ClientHost), client: m.ClientID, assigned: make(kadm.TopicsSet)}
		if assigned, ok := m.Assigned.AsConsumer(); ok {
			for _, t := range assigned.Topics {
				one.assigned.Add(t.Topic, t.Partitions...)
			}
		}
		g.members = append(g.members, one)
	}
	return g, nil
}

// describedConsumers is a group with the consumer protocol.
func (c *call) describedConsumers(adm *kadm.Client, name string) (group, error) {
	all, err := adm.DescribeConsumerGroups(c.ctx, name)
	if err != nil {
		return group{}, errors.New(reason(err, ""))
	}
	d := all[name]
	if d.Err != nil {
		return group{}, fmt.Errorf("Consumer group '%s' does not exist.", name) //nolint:staticcheck // the tool's own words
	}
	g := group{name: name, state: d.State, protocol: d.AssignorName, coordinator: d.Coordinator}
	for _, m := range d.Members {
		g.members = append(g.members, groupMember{id: m.MemberID, host: host(m.ClientHost), client: m.ClientID, assigned: m.Assignment})
	}
	return g, nil
}

// host is where a member is, as the tool writes it.
func host(of string) string { return "/" + strings.TrimPrefix(of, "/") }

// offsetsOf returns what a group has committed, and where the logs end that it has
// committed for or reads.
func (c *call) offsetsOf(adm *kadm.Client, g group) (kadm.OffsetResponses, kadm.ListedOffsets, error) {
	committed, err := adm.FetchOffsets(c.ctx, g.name)
	if err != nil {
		return nil, nil, errors.New(reason(err, ""))
	}
	topics := committed.Offsets().TopicsSet()
	for _, m := range g.members {
		topics.Merge(m.assigned)
	}
	if len(topics) == 0 {
		return committed, nil, nil
	}
	ends, err := adm.ListEndOffsets(c.ctx, topics.Topics()...)
	var shards *kadm.ShardErrors
	if err != nil && !errors.As(err, &shards) {
		return nil, nil, errors.New(reason(err, ""))
	}
	return committed, ends, nil
}
