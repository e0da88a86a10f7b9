package model

import (
	"fmt"
	"maps"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// How much there may be of something, where an administrator has said so: of connections
// and queues in a virtual host, and of connections and channels of a user. A negative
// number, as none, means that there may be any number.

// Limits of virtual hosts and users, by their names.
const (
	MaxConnections = "max-connections"
	MaxQueues      = "max-queues"   // of a virtual host
	MaxChannels    = "max-channels" // of a user
)

// Limits are those of a virtual host; nil until one was set.
func (v *VHost) Limits() map[string]int { return v.limits }

// Limit sets one of a virtual host.
func (v *VHost) Limit(name string, n int) {
	if v.limits == nil {
		v.limits = make(map[string]int)
	}
	v.limits[name] = n
	v.recordLimit(brokers.Event{Place: v.Name, Key: name, N: int64(n)})
}

// Unlimit takes one away.
func (v *VHost) Unlimit(name string) {
	if v.limits == nil {
		v.limits = make(map[string]int)
	}
	if _, ok := v.limits[name]; ok {
		delete(v.limits, name)
		v.recordLimit(brokers.Event{Place: v.Name, Key: name, N: -1})
	}
}

// recordLimit appends an event of the node, whose places are virtual hosts.
func (v *VHost) recordLimit(e brokers.Event) {
	if v.node != nil {
		e.Kind = brokers.LimitSet
		v.node.record(e)
	}
}

// UserLimits are those of a user.
func (n *Node) UserLimits(name string) map[string]int {
	if u := n.users[name]; u != nil {
		return maps.Clone(u.limits)
	}
	return nil
}

// LimitUser sets one of a user who is there.
func (n *Node) LimitUser(user, name string, most int) {
	u := n.users[user]
	if u.limits == nil {
		u.limits = make(map[string]int)
	}
	u.limits[name] = most
	n.record(brokers.Event{Kind: brokers.LimitSet, User: user, Key: name, N: int64(most)})
}

// UnlimitUser takes one away.
func (n *Node) UnlimitUser(user, name string) {
	if _, ok := n.users[user].limits[name]; ok {
		delete(n.users[user].limits, name)
		n.record(brokers.Event{Kind: brokers.LimitSet, User: user, Key: name, N: -1})
	}
}

// over reports whether a limit is reached by so many.
func over(limits map[string]int, name string, n int) (limit int, reached bool) {
	limit, ok := limits[name]
	return limit, ok && limit >= 0 && n >= limit
}

// roomForQueue refuses a declaration, also of a queue that is there. Error:
// PreconditionFailed.
func (v *VHost) roomForQueue(name string) error {
	if limit, reached := over(v.limits, MaxQueues, len(v.queues)); reached {
		return Errorf(PreconditionFailed, "cannot declare queue '%s': queue limit in vhost '%s' (%d) is reached", name, v.Name, limit)
	}
	return nil
}

// roomForConnection refuses a connection. Error: NotAllowed.
func (v *VHost) roomForConnection(user string) error {
	limit, reached := over(v.limits, MaxConnections, len(v.connections))
	if !reached && len(v.connections) >= v.quota.Connections {
		limit, reached = v.quota.Connections, true
	}
	if reached {
		return Errorf(NotAllowed, "access to vhost '%s' refused for user '%s': connection limit (%d) is reached", v.Name, user, limit)
	}
	if v.node == nil {
		return nil
	}
	n := 0
	for _, other := range v.node.vhosts {
		for _, c := range other.connections {
			if c.User == user {
				n++
			}
		}
	}
	if limit, reached := over(v.node.UserLimits(user), MaxConnections, n); reached {
		return Errorf(NotAllowed, "connection refused for user '%s': user connection limit (%d) is reached", user, limit)
	}
	return nil
}

// roomForChannel refuses a channel. Error: NotAllowed.
func (c *Connection) roomForChannel() error {
	if c.vhost.node == nil {
		return nil
	}
	n := 0
	for _, v := range c.vhost.node.vhosts {
		for _, other := range v.connections {
			if other.User == c.User {
				n += len(other.channels)
			}
		}
	}
	if limit, reached := over(c.vhost.node.UserLimits(c.User), MaxChannels, n); reached {
		return Errorf(NotAllowed, "number of channels opened for user '%s' has reached the maximum allowed user limit of (%d)", c.User, limit)
	}
	return nil
}

// A Global is a parameter of the whole cluster, whatever it is for.
type Global struct {
	Name  string
	Value any // as JSON has it
}

// Globals lists the global parameters by name.
func (n *Node) Globals() []Global {
	var all []Global
	for _, name := range slices.Sorted(maps.Keys(n.globals)) {
		all = append(all, Global{name, n.globals[name]})
	}
	return all
}

// SetGlobal sets a global parameter, and reports whether it is new.
func (n *Node) SetGlobal(name string, value any) (added bool, err error) {
	_, there := n.globals[name]
	if !there {
		if err := within(len(n.globals), maxVHosts, "global parameters"); err != nil {
			return false, fmt.Errorf("parameter %q: %w", name, err)
		}
	}
	if n.globals == nil {
		n.globals = make(map[string]any)
	}
	n.globals[name] = value
	return !there, nil
}

// ClearGlobal takes a global parameter away, and reports whether there was one.
func (n *Node) ClearGlobal(name string) bool {
	_, ok := n.globals[name]
	delete(n.globals, name)
	return ok
}
