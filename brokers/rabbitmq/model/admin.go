package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// What an administrator sees and does: lists of everything, users with tags, and
// virtual hosts that come and go.

// A User is somebody who may log in.
type User struct {
	Name string
	Tags []string // administrator, monitoring, policymaker, management, or what one likes
}

// A Permission is what a user may do in a virtual host, as patterns of names.
type Permission struct {
	User, VHost            string
	Configure, Write, Read string
}

// A Binding is a way from an exchange to a queue or another exchange.
type Binding struct {
	VHost, Source, Destination string
	ToExchange                 bool
	Key                        string
	Arguments                  wire.Table
	ID                         string // tells it from others with that key; empty without arguments
}

// VHosts lists the virtual hosts by name.
func (n *Node) VHosts() []*VHost {
	return slices.SortedFunc(slices.Values(n.vhosts), func(a, b *VHost) int { return strings.Compare(a.Name, b.Name) })
}

// DeleteVHost deletes a virtual host with its queues; nobody may be connected to it.
// It reports false when there is none. Error: when it is the first one, or in use.
func (n *Node) DeleteVHost(name string) (bool, error) {
	v := n.VHost(name)
	switch {
	case v == nil:
		return false, nil
	case v == n.vhosts[0]:
		return true, fmt.Errorf("the virtual host %q stays", name)
	case len(v.connections) > 0:
		return true, fmt.Errorf("%d connections to the virtual host %q", len(v.connections), name)
	}
	for _, q := range v.Queues() {
		v.deleteQueue(q, "virtual host deleted")
	}
	for _, x := range v.Exchanges() {
		v.bindings -= len(x.bindings)
		for _, b := range x.sorted() {
			x.remove(b)
		}
	}
	n.vhosts = slices.DeleteFunc(n.vhosts, func(other *VHost) bool { return other == v })
	for _, u := range n.users {
		delete(u.permissions, name)
	}
	n.record(brokers.Event{Kind: brokers.VHostDeleted, Place: name})
	return true, nil
}

// Users lists the users by name.
func (n *Node) Users() []User {
	var all []User
	for _, name := range slices.Sorted(maps.Keys(n.users)) {
		all = append(all, User{name, n.users[name].tags})
	}
	return all
}

// User finds a user.
func (n *Node) User(name string) (User, bool) {
	u, ok := n.users[name]
	if !ok {
		return User{}, false
	}
	return User{name, u.tags}, true
}

// PasswordHash is what RabbitMQ keeps in place of a password: a salt of four bytes, and
// SHA-256 of it with the password. Here the salt is made of the name, so that the hash is
// the same in every run.
func (n *Node) PasswordHash(name string) string {
	u := n.users[name]
	if u == nil {
		return ""
	}
	if u.hash != "" {
		return u.hash
	}
	seed := sha256.Sum256([]byte(name))
	return saltedHash(seed[:saltSize], u.password)
}

// saltSize is how long the salt before a hash is, in bytes.
const saltSize = 4

func saltedHash(salt []byte, password string) string {
	sum := sha256.Sum256(append(bytes.Clone(salt), password...))
	return base64.StdEncoding.EncodeToString(append(bytes.Clone(salt), sum[:]...))
}

// saltOf is the salt of a hash; nil of what is none.
func saltOf(hash string) []byte {
	b, err := base64.StdEncoding.DecodeString(hash)
	if err != nil || len(b) != saltSize+sha256.Size {
		return nil
	}
	return b[:saltSize]
}

// AddUserHashed is AddUser for a password of which only the hash is known, as PasswordHash
// tells it.
func (n *Node) AddUserHashed(name, hash string) error {
	if saltOf(hash) == nil {
		return fmt.Errorf("the password hash of %q is no salted SHA-256: expected %d bytes as base64", name, saltSize+sha256.Size)
	}
	if n.PasswordHash(name) == hash {
		return nil
	}
	if err := n.AddUser(name, ""); err != nil {
		return err
	}
	n.users[name].hash = hash
	return nil
}

// Tag gives a user tags in place of those that it has.
func (n *Node) Tag(name string, tags ...string) {
	if u := n.users[name]; u != nil && !slices.Equal(u.tags, tags) {
		u.tags = tags
		n.record(brokers.Event{Kind: brokers.UserChanged, User: name, Reason: strings.Join(append([]string{"tags:"}, tags...), " ")})
	}
}

// DeleteUser reports whether there was such a user; who is connected stays so.
func (n *Node) DeleteUser(name string) bool {
	_, ok := n.users[name]
	if ok {
		delete(n.users, name)
		n.record(brokers.Event{Kind: brokers.UserDeleted, User: name})
	}
	return ok
}

// Permissions lists what users may do, by user and virtual host.
func (n *Node) Permissions() []Permission {
	var all []Permission
	for _, name := range slices.Sorted(maps.Keys(n.users)) {
		u := n.users[name]
		for _, vhost := range slices.Sorted(maps.Keys(u.permissions)) {
			p := u.permissions[vhost]
			all = append(all, Permission{name, vhost, p.patterns[configure], p.patterns[write], p.patterns[read]})
		}
	}
	return all
}

// Forbid takes a user's permissions in a virtual host away, and reports whether there
// were any.
func (n *Node) Forbid(name, vhost string) bool {
	u := n.users[name]
	if u == nil {
		return false
	}
	_, ok := u.permissions[vhost]
	if ok {
		delete(u.permissions, vhost)
		n.record(brokers.Event{Kind: brokers.Forbidden, User: name, Place: vhost})
	}
	return ok
}

// Exchanges lists the exchanges by name.
func (v *VHost) Exchanges() []*Exchange {
	return slices.SortedFunc(maps.Values(v.exchanges), func(a, b *Exchange) int { return strings.Compare(a.Name, b.Name) })
}

// Queues lists the queues by name; addresses of direct replies are none.
func (v *VHost) Queues() []*Queue {
	var all []*Queue
	for _, name := range slices.Sorted(maps.Keys(v.queues)) {
		if q := v.queues[name]; !q.reply {
			all = append(all, q)
		}
	}
	return all
}

// Bindings lists the bindings by source, key and destination, with those that every
// queue has at the default exchange.
func (v *VHost) Bindings() []Binding {
	var all []Binding
	for _, q := range v.Queues() {
		all = append(all, Binding{VHost: v.Name, Destination: q.Name, Key: q.Name})
	}
	for _, x := range v.Exchanges() {
		for _, b := range x.sorted() {
			all = append(all, Binding{v.Name, x.Name, b.to.name(), b.to.exchange != nil, b.key, b.table, b.argumentsID()})
		}
	}
	return all
}

// As returns a channel that belongs to no connection and may do what a user may: for
// what is asked for over HTTP.
func (v *VHost) As(user string) *Channel {
	ch := v.Setup()
	ch.conn.User, ch.conn.trusted, ch.conn.asked = user, false, true
	return ch
}

// Sum counts the messages of a virtual host: ready, and given out.
func (v *VHost) Sum() (ready, unacked int) {
	for _, q := range v.queues {
		ready += q.ready
		unacked += q.unacked
	}
	return ready, unacked
}

// A Subscriber is a consumer as an administrator sees it.
type Subscriber struct {
	*Consumer
	Connection string // as the journal names it
	Channel    int
	Queue      string
	InFlight   int
}

// Subscribers lists the consumers of a queue in the order of their channels.
func (q *Queue) Subscribers() []Subscriber {
	var all []Subscriber
	for _, c := range slices.SortedFunc(slices.Values(q.consumers), byChannel) {
		all = append(all, Subscriber{c, c.channel.conn.Name, c.channel.Number, q.Name, c.inFlight})
	}
	return all
}

// Sums are what an administrator sees of a channel: its consumers, what they and gets hold
// unacknowledged, and the prefetch of consumers that start from now on.
func (ch *Channel) Sums() (consumers, unacked, prefetch int) {
	for _, u := range ch.unacked.items {
		if !u.settled {
			unacked++
		}
	}
	return len(ch.consumers), unacked, ch.prefetch
}

// Bytes sums up the bodies of the messages that are ready.
func (q *Queue) Bytes() int { return q.bytes }

// Policy is the one that applies to the queue; nil if none does.
func (q *Queue) Policy() *Policy { return q.policy }

// Policy is the one that applies to the exchange; nil if none does.
func (x *Exchange) Policy() *Policy { return x.policy }
