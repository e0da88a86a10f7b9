package model

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Node is the whole broker: its virtual hosts, and the users who may enter them.
type Node struct {
	vhosts  []*VHost // the first is "/"
	users   map[string]*user
	clock   brokers.Clock
	journal *brokers.Journal
	quota   brokers.Quota
	label   func(body []byte) string
	run     func(step func())
	started bool
	managed bool           // virtual hosts or users are not what they were at the start
	globals map[string]any // global parameters, which mean nothing to the broker
}

type user struct {
	password    string
	hash        string // of the password, where only that is known
	tags        []string
	permissions map[string]permission // by virtual host
	limits      map[string]int        // by name
}

// A permission says which names a user may make, write to and read from in one
// virtual host.
type permission struct {
	patterns [3]string
	names    [3]*regexp.Regexp
}

// An access is what somebody wants to do with a queue or an exchange.
type access int

const (
	configure access = iota // make and delete
	write                   // publish to, and bind to something
	read                    // consume from, and bind something to
)

// maxPattern bounds a permission's pattern, in bytes.
const maxPattern = 1000

// maxVHosts bounds the virtual hosts of a node.
const maxVHosts = 16

// NewNode returns a node with the virtual host "/" and the user guest, who may do
// everything there. run takes the steps that the clock calls for.
func NewNode(clock brokers.Clock, journal *brokers.Journal, quota brokers.Quota, label func([]byte) string, run func(step func())) *Node {
	n := &Node{users: make(map[string]*user), clock: clock, journal: journal, quota: quota, label: label, run: run}
	_, _ = n.AddVHost("/")
	_ = n.AddUser("guest", "guest")
	n.Tag("guest", "administrator")
	_ = n.Permit("guest", "/", ".*", ".*", ".*")
	n.started = true
	return n
}

// record appends an event about virtual hosts and users. What is there from the start is
// none.
func (n *Node) record(e brokers.Event) {
	if n.started {
		n.managed = n.managed || e.Kind != brokers.LimitSet
		e.Source = "rabbitmq"
		n.journal.Append(e)
	}
}

// AddVHost makes a virtual host, if it is not there yet. Error: *brokers.QuotaError.
func (n *Node) AddVHost(name string) (*VHost, error) {
	if v := n.VHost(name); v != nil {
		return v, nil
	}
	if err := within(len(n.vhosts), maxVHosts, "virtual hosts"); err != nil {
		return nil, err
	}
	shared := &counts{topicRoom: patternWords * n.quota.Bindings}
	if len(n.vhosts) > 0 {
		shared = n.vhosts[0].counts
	}
	v := newVHost(name, n.clock, n.journal, n.quota, n.label, shared)
	v.Run, v.node = n.run, n
	n.vhosts = append(n.vhosts, v)
	n.record(brokers.Event{Kind: brokers.VHostAdded, Place: name})
	return v, nil
}

// VHost returns a virtual host by name, or nil.
func (n *Node) VHost(name string) *VHost {
	if i := slices.IndexFunc(n.vhosts, func(v *VHost) bool { return v.Name == name }); i >= 0 {
		return n.vhosts[i]
	}
	return nil
}

// AddUser makes a user who may do nothing yet, or gives one another password.
func (n *Node) AddUser(name, password string) error {
	if name == "" {
		return fmt.Errorf("a user needs a name")
	}
	if u := n.users[name]; u != nil {
		if u.password != password || u.hash != "" {
			u.password, u.hash = password, ""
			n.record(brokers.Event{Kind: brokers.UserChanged, User: name, Reason: "password"})
		}
		return nil
	}
	if err := within(len(n.users), n.quota.Connections, "users"); err != nil {
		return err
	}
	n.users[name] = &user{password: password, permissions: make(map[string]permission)}
	n.record(brokers.Event{Kind: brokers.UserAdded, User: name})
	return nil
}

// Authentic reports whether there is such a user with that password.
func (n *Node) Authentic(name, password string) bool {
	u := n.users[name]
	switch {
	case u == nil:
		return false
	case u.hash != "":
		return saltedHash(saltOf(u.hash), password) == u.hash
	}
	return u.password == password
}

// Permit lets a user into a virtual host, and says by patterns what for. A pattern
// may match anywhere in a name; the empty one matches no name.
func (n *Node) Permit(name, vhost, configure, write, read string) error {
	u := n.users[name]
	if u == nil {
		return fmt.Errorf("there is no user %q", name)
	}
	if n.VHost(vhost) == nil {
		return fmt.Errorf("there is no virtual host %q", vhost)
	}
	var p permission
	for i, pattern := range []string{configure, write, read} {
		if len(pattern) > maxPattern {
			return fmt.Errorf("a pattern of %d bytes, want at most %d", len(pattern), maxPattern)
		}
		p.patterns[i] = pattern
		if pattern == "" {
			pattern = "^$"
		}
		var err error
		if p.names[i], err = brokers.CompilePattern(pattern); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	u.permissions[vhost] = p
	n.record(brokers.Event{Kind: brokers.Permitted, User: name, Place: vhost, Detail: map[string]any{
		"configure": configure, "write": write, "read": read,
	}})
	return nil
}

// Enter connects a user to a virtual host. Error: NotAllowed.
func (n *Node) Enter(client Client, vhost, name, product string) (*Connection, error) {
	v := n.VHost(vhost)
	if v == nil {
		return nil, Errorf(NotAllowed, "vhost %s not found", vhost)
	}
	if !n.MayEnter(name, vhost) {
		return nil, NoEntry(name, vhost)
	}
	return v.Connect(client, name, product)
}

// NoEntry is what a user is told who may do nothing in a virtual host.
func NoEntry(user, vhost string) *Error {
	e := Errorf(NotAllowed, "access to vhost '%s' refused for user '%s'", vhost, user)
	e.Access, e.VHost = "enter", vhost
	return e
}

// MayEnter reports whether a user may do anything in a virtual host.
func (n *Node) MayEnter(name, vhost string) bool {
	u := n.users[name]
	if u == nil {
		return false
	}
	_, ok := u.permissions[vhost]
	return ok
}

// may refuses a user what the permissions do not allow. kind is queue or exchange.
// The broker itself may do everything.
func (ch *Channel) may(what access, kind, name string) error {
	v := ch.conn.vhost
	if v.node == nil || ch.conn.trusted {
		return nil
	}
	if kind == "exchange" && name == "" {
		name = "amq.default"
	}
	if u := v.node.users[ch.conn.User]; u != nil {
		if p, ok := u.permissions[v.Name]; ok && p.names[what].MatchString(name) {
			return nil
		}
	}
	e := Errorf(AccessRefused, "access to %s '%s' in vhost '%s' refused for user '%s'", kind, name, v.Name, ch.conn.User)
	e.Access, e.VHost = accessNames[what], v.Name
	return e
}

// accessNames are what permissions are called.
var accessNames = [...]string{configure: "configure", write: "write", read: "read"}

// Attempt is whether a user may do something, called configure, write or read, with a queue
// or an exchange of some name. Errors: NotAllowed, AccessRefused.
func (n *Node) Attempt(user, vhost, what, name string) error {
	v := n.VHost(vhost)
	switch {
	case v == nil:
		return Errorf(NotAllowed, "vhost %s not found", vhost)
	case !n.MayEnter(user, vhost):
		return NoEntry(user, vhost)
	}
	return v.As(user).may(access(slices.Index(accessNames[:], what)), "queue", name)
}

// mayUse is may for a queue, whose empty name stands for the one declared last.
func (ch *Channel) mayUse(what access, queue string) error {
	return ch.may(what, "queue", cmp.Or(queue, ch.lastQueue))
}

// DeliverNext makes one delivery, in whichever virtual host, and reports whether it did.
func (n *Node) DeliverNext() bool {
	return slices.ContainsFunc(n.vhosts, (*VHost).DeliverNext)
}

// Low reports whether four fifths of the quota of messages, or of their bytes, are used.
func (n *Node) Low() bool {
	used := n.vhosts[0].counts
	return used.messages*5 >= n.quota.Messages*4 || used.bytes*5 >= n.quota.Bytes*4
}

// Bytes sums up what is in the queues.
func (n *Node) Bytes() int { return n.vhosts[0].bytes }

// Idle counts what a run still waits for.
func (n *Node) Idle() (sum brokers.Idle) {
	for _, v := range n.vhosts {
		idle := v.Idle()
		sum.Ready += idle.Ready
		sum.InFlight += idle.InFlight
		sum.Due += idle.Due
	}
	return sum
}

// Picture draws all virtual hosts and, once there is more to tell of them than at the start,
// who may do what there.
func (n *Node) Picture() brokers.State {
	s := picture(n.journal, n.vhosts)
	if n.managed {
		s.Places = append(n.drawAccess(), s.Places...)
	}
	return s
}

// prefix tells the names of a virtual host from the same ones in "/", in pictures
// and in the journal.
func (v *VHost) prefix() string {
	if v.Name == "/" {
		return ""
	}
	return v.Name + ":"
}
