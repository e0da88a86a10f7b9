package model

import (
	"maps"
	"slices"
	"strconv"

	"github.com/brokerlab/brokerlab/brokers"
)

// A Client is the other end of a connection, as far as the model needs it.
type Client interface {
	// Ready reports whether the client can take another delivery now. When that
	// changes to true, somebody calls Connection.Resume.
	Ready() bool
	// Deliver hands over a message. It must not block.
	Deliver(Delivery)
	// Cancelled says that a consumer has ended because its queue was deleted.
	Cancelled(channel int, consumer string)
}

// A Connection is a client that has logged in. What is exclusive to it ends
// with it.
type Connection struct {
	Name string // "c1", "c2", … in the order of opening; empty for the broker's own
	User string

	order    int // of opening
	vhost    *VHost
	client   Client
	channels map[int]*Channel
	closed   bool
	trusted  bool // may do everything: the broker's own
	asked    bool // lasts for one request over HTTP; its events name the user
}

// A Channel is a conversation within a connection. It has its own consumers, its
// own delivery tags, and its own list of what it has not acknowledged.
type Channel struct {
	Number int

	conn      *Connection
	consumers map[string]*Consumer
	unacked   unackedList
	lastTag   uint64 // newest delivery tag
	lastQueue string // declared last: what an empty queue name stands for
	replies   *Queue // where its direct replies come in; nil before it asked for them

	prefetch int // for consumers that start from now on; 0: no limit
	limit    int // for all its consumers together; 0: no limit
	inFlight int // unacknowledged deliveries to consumers

	tx          *transaction // nil: everything is done at once
	confirms    bool
	unconfirmed int    // published and not yet confirmed
	confirmed   uint64 // newest confirm tag
}

// Connect opens a connection. product is what the client calls itself. Error:
// NotAllowed when there are too many.
func (v *VHost) Connect(client Client, user, product string) (*Connection, error) {
	if err := v.roomForConnection(user); err != nil {
		return nil, err
	}
	v.opened++
	c := &Connection{Name: "c" + strconv.Itoa(v.opened), User: user, order: v.opened, vhost: v, client: client, channels: make(map[int]*Channel)}
	v.connections = append(v.connections, c)
	v.record(brokers.Event{Kind: brokers.Opened, Client: c.Name, Reason: product})
	return c, nil
}

// nobody is the client of the broker's own channel.
type nobody struct{}

func (nobody) Ready() bool           { return false }
func (nobody) Deliver(Delivery)      {}
func (nobody) Cancelled(int, string) {}

// Setup returns a channel that belongs to the broker itself, for what a lab
// wants to be there from the start.
func (v *VHost) Setup() *Channel {
	c := &Connection{User: "guest", vhost: v, client: nobody{}, trusted: true}
	return &Channel{conn: c, consumers: make(map[string]*Consumer)}
}

// Open opens a channel. The number must be free. Errors: *brokers.QuotaError, NotAllowed
// when the user has too many.
func (c *Connection) Open(number int) (*Channel, error) {
	if err := within(len(c.channels), c.vhost.quota.Channels, "channels in one connection"); err != nil {
		return nil, err
	}
	if err := c.roomForChannel(); err != nil {
		return nil, err
	}
	ch := &Channel{Number: number, conn: c, consumers: make(map[string]*Consumer)}
	c.channels[number] = ch
	ch.record(brokers.Event{Kind: brokers.Opened})
	return ch, nil
}

// Close ends a channel: its consumers end, and what it has not acknowledged goes
// back to the queues, oldest first.
func (ch *Channel) Close(reason string) {
	for _, tag := range slices.Sorted(maps.Keys(ch.consumers)) {
		ch.drop(ch.consumers[tag], reason)
	}
	if ch.tx != nil {
		_ = ch.Rollback()
	}
	ch.requeueAll(reason)
	delete(ch.conn.channels, ch.Number)
	ch.record(brokers.Event{Kind: brokers.Closed, Reason: reason})
}

// Close ends the connection with everything in it: its channels, then the
// queues that were exclusive to it. It may be called more than once.
func (c *Connection) Close(reason string) {
	if c.closed {
		return
	}
	c.closed = true
	v := c.vhost
	for _, number := range slices.Sorted(maps.Keys(c.channels)) {
		c.channels[number].Close(reason)
	}
	for _, name := range slices.Sorted(maps.Keys(v.queues)) {
		if q := v.queues[name]; q != nil && q.Owner == c {
			v.deleteQueue(q, "exclusive")
		}
	}
	v.connections = slices.DeleteFunc(v.connections, func(other *Connection) bool { return other == c })
	v.record(brokers.Event{Kind: brokers.Closed, Client: c.Name, Reason: reason})
}

// Resume has DeliverNext look at the connection's queues again: the client has
// become ready.
func (c *Connection) Resume() {
	for _, number := range slices.Sorted(maps.Keys(c.channels)) {
		c.channels[number].wakeQueues()
	}
}

// SelectConfirms has every message from now on confirmed. Error: PreconditionFailed
// on a channel with transactions.
func (ch *Channel) SelectConfirms() error {
	if ch.tx != nil {
		return Errorf(PreconditionFailed, "cannot switch from tx to confirm mode")
	}
	ch.confirms = true
	return nil
}

// wakeQueues has DeliverNext look at every queue that the channel consumes from.
func (ch *Channel) wakeQueues() {
	for _, tag := range slices.Sorted(maps.Keys(ch.consumers)) {
		ch.conn.vhost.wake(ch.consumers[tag].queue)
	}
}

// queue finds the queue that a request names; the empty name stands for the one
// that was declared last on this channel.
func (ch *Channel) queue(name string) (*Queue, error) {
	if name == "" {
		if ch.lastQueue == "" {
			return nil, Errorf(NotFound, "no previously declared queue")
		}
		name = ch.lastQueue
	}
	return ch.conn.vhost.queue(name, ch.conn)
}

// record appends an event that this channel caused.
func (ch *Channel) record(e brokers.Event) {
	e.Client, e.Channel = ch.conn.Name, ch.Number
	if ch.conn.asked {
		e.User = ch.conn.User
	}
	ch.conn.vhost.record(e)
}

// VHostName is the virtual host that the connection is in.
func (c *Connection) VHostName() string { return c.vhost.Name }

// Order numbers the connections as they were opened, from 1.
func (c *Connection) Order() int { return c.order }
