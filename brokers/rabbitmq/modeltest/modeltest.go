// Package modeltest drives the model of RabbitMQ with clients that do whatever they
// like, for tests of what is made from a journal: a picture drawn from the events
// alone must be the one that the model draws.
package modeltest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Run is a journal and what the model drew along the way.
type Run struct {
	Events []brokers.Event // all of them
	// States are the model's, each at the event that its Seq names, in order: after
	// every step of a client or the clock, and after every delivery.
	States []brokers.State
}

// Random has clients take so many steps. The same seed gives the same run. Everything
// that the model can do comes up: two virtual hosts, all kinds of exchange, priorities,
// limits of all kinds, policies, dead letters in circles, transactions, confirms, cancelled
// consumers, and names that are used again.
func Random(seed uint64, steps int) Run {
	c := newCrowd(seed)
	for range steps {
		c.step()
		c.look()
		for n := c.dice.IntN(8); n > 0 && c.node.DeliverNext(); n-- {
			c.look()
		}
	}
	return Run{Events: c.journal.Since(0), States: c.states}
}

// A crowd is clients with channels.
type crowd struct {
	node    *model.Node
	clock   *brokers.VirtualClock
	journal *brokers.Journal
	dice    *rand.Rand
	members []member
	opened  int
	slow    bool   // the readers take nothing
	address string // where somebody waits, or waited, for a direct reply
	states  []brokers.State
}

// A member is one channel, and the connection that it belongs to.
type member struct {
	*model.Channel
	conn  *model.Connection
	vhost string
}

// Ready, Deliver and Cancelled make the crowd the reader of all its connections.
func (c *crowd) Ready() bool { return !c.slow }
func (c *crowd) Deliver(d model.Delivery) {
	if d.Properties.ReplyTo != "" {
		c.address = d.Properties.ReplyTo
	}
}
func (*crowd) Cancelled(int, string)      {}
func label(body []byte) string            { return string(body) }
func (c *crowd) pick(of ...string) string { return of[c.dice.IntN(len(of))] }
func (c *crowd) maybe() bool              { return c.dice.IntN(2) == 0 }

func newCrowd(seed uint64) *crowd {
	clock := brokers.NewVirtualClock(time.Unix(1_700_000_000, 0))
	c := &crowd{clock: clock, journal: brokers.NewJournal(1_000_000, brokers.Forget, clock), dice: rand.New(rand.NewPCG(seed, 0))}
	c.node = model.NewNode(clock, c.journal, brokers.DefaultQuota(), label, func(step func()) {
		step()
		c.look()
	})
	must(c.node.AddVHost("shop"))
	if err := c.node.Permit("guest", "shop", ".*", ".*", ".*"); err != nil {
		panic(err)
	}
	c.members = make([]member, 6)
	for i := range c.members {
		c.enter(i)
	}
	return c
}

// must is for what cannot fail within the quotas.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("modeltest: %v", err))
	}
	return value
}

// enter gives a member a connection of its own or, sometimes, that of another.
func (c *crowd) enter(i int) {
	vhost := c.pick("/", "/", "shop")
	var conn *model.Connection
	if other := c.members[c.dice.IntN(len(c.members))]; c.maybe() && other.Channel != nil && other.conn != c.members[i].conn {
		conn, vhost = other.conn, other.vhost
	} else {
		conn = must(c.node.Enter(c, vhost, "guest", "modeltest"))
	}
	c.opened++
	c.members[i] = member{must(conn.Open(c.opened)), conn, vhost}
}

// look notes what the model draws.
func (c *crowd) look() {
	s := c.node.Picture()
	if n := len(c.states); n > 0 && c.states[n-1].Seq == s.Seq {
		c.states[n-1] = s
		return
	}
	c.states = append(c.states, s)
}

// step does one thing; what the model refuses is no step.
func (c *crowd) step() {
	i := c.dice.IntN(len(c.members))
	m := c.members[i]
	switch n := c.dice.IntN(25); {
	case n < 8:
		c.publish(m)
	case n < 13:
		c.settle(m)
	case n < 17:
		c.furniture(m)
	case n < 20:
		c.consume(m)
	case n < 22:
		c.transact(m)
	case n < 23:
		c.administer()
	default:
		c.rare(i, m)
	}
}

// administer changes who is there and may do what. What the members use stays as it is.
func (c *crowd) administer() {
	user, vhost := c.pick("ann", "bob"), c.pick("/", "shop", "lab")
	switch c.dice.IntN(8) {
	case 0:
		ch := must(c.node.AddVHost("lab")).Setup()
		_ = ch.DeclareExchange(model.ExchangeSpec{Name: "x", Kind: "fanout"})
		_, _ = ch.DeclareQueue(model.QueueSpec{Name: c.queue()})
		_, _ = ch.Publish(model.Publishing{Exchange: c.pick("", "x"), Key: c.queue(), Body: []byte("lab")})
	case 1:
		_, _ = c.node.DeleteVHost("lab")
	case 2, 3:
		_ = c.node.AddUser(user, c.pick("secret", "other"))
	case 4:
		c.node.Tag(user, []string{"management", "monitoring"}[:c.dice.IntN(3)]...)
	case 5:
		_ = c.node.Permit(user, vhost, c.pick("", "^$", ".*"), c.pick("^a", ".*"), ".*")
	case 6:
		c.node.Forbid(user, vhost)
	case 7:
		c.node.DeleteUser(user)
	}
}

func (c *crowd) queue() string    { return c.pick("a", "b", "c", "d", "dead") }
func (c *crowd) exchange() string { return c.pick("x", "y", "amq.topic", "amq.fanout", "amq.headers") }
func (c *crowd) key() string      { return c.pick("a", "b", "d", "#") }

func (c *crowd) publish(m member) {
	p := model.Publishing{Exchange: c.pick("", c.exchange()), Key: c.queue(), Mandatory: c.maybe(), Body: fmt.Append(nil, c.dice.IntN(1000))}
	if c.maybe() {
		p.Properties.Has, p.Properties.Priority = wire.HasPriority, uint8(c.dice.IntN(6))
	}
	if c.dice.IntN(4) == 0 {
		p.Properties.Has, p.Properties.Expiration = p.Properties.Has|wire.HasExpiration, c.pick("0", "200", "900")
	}
	if c.dice.IntN(4) == 0 {
		p.Properties = p.Properties.WithHeaders(wire.Table{{Name: "kind", Value: c.pick("one", "two")}, {Name: "CC", Value: []any{c.key()}}})
	}
	switch c.dice.IntN(8) {
	case 0:
		p.Properties.Has, p.Properties.ReplyTo = p.Properties.Has|wire.HasReplyTo, model.ReplyTo
	case 1:
		p.Exchange, p.Key = "", c.address
	}
	if receipt, err := m.Publish(p); err == nil && receipt.Message != nil {
		m.Confirm(receipt)
	}
}

func (c *crowd) settle(m member) {
	tag, multiple := uint64(c.dice.IntN(15)), c.dice.IntN(3) == 0
	switch c.dice.IntN(7) {
	case 0, 1, 2:
		_ = m.Ack(tag, multiple)
	case 3, 4:
		_ = m.Nack(tag, multiple, c.maybe())
	case 5:
		_ = m.Reject(tag, c.maybe())
	case 6:
		m.Recover()
	}
}

// arguments of the queues: what they give up goes round.
var arguments = map[string]wire.Table{
	"a": {{Name: "x-max-length", Value: int64(3)}, {Name: "x-dead-letter-exchange", Value: ""}, {Name: "x-dead-letter-routing-key", Value: "b"}},
	"b": {{Name: "x-dead-letter-exchange", Value: "amq.topic"}, {Name: "x-message-ttl", Value: int64(500)}},
	"c": {{Name: "x-max-priority", Value: int64(3)}, {Name: "x-max-length", Value: int64(2)}, {Name: "x-overflow", Value: "reject-publish-dlx"}, {Name: "x-dead-letter-exchange", Value: "y"}},
	"d": {{Name: "x-max-length", Value: int64(2)}, {Name: "x-overflow", Value: "reject-publish"}, {Name: "x-expires", Value: int64(3000)}},
}

func (c *crowd) furniture(m member) {
	queue, to := c.queue(), c.pick("x", "y")
	var match wire.Table
	if c.dice.IntN(4) == 0 {
		match = wire.Table{{Name: "x-match", Value: c.pick("all", "any")}, {Name: "kind", Value: c.pick("one", "two")}}
	}
	switch c.dice.IntN(8) {
	case 0, 1, 2:
		_, _ = m.DeclareQueue(model.QueueSpec{Name: queue, Durable: c.maybe(), AutoDelete: c.dice.IntN(5) == 0, Exclusive: c.dice.IntN(8) == 0, Arguments: arguments[queue]})
	case 3:
		spec := model.ExchangeSpec{Name: to, Kind: c.pick("direct", "fanout", "topic", "headers"), AutoDelete: c.maybe(), Durable: c.maybe()}
		if c.maybe() {
			spec.Arguments = wire.Table{{Name: "alternate-exchange", Value: c.pick("y", "amq.fanout", "nowhere")}}
		}
		_ = m.DeclareExchange(spec)
	case 4, 5:
		_ = m.Bind(queue, c.exchange(), c.key(), match)
	case 6:
		for range 8 {
			_ = m.Unbind(c.queue(), c.exchange(), c.key(), match)
		}
	case 7:
		if c.maybe() {
			_ = m.BindExchange(to, c.exchange(), c.key(), match)
		} else {
			_ = m.UnbindExchange(to, c.exchange(), c.key(), match)
		}
	}
}

func (c *crowd) consume(m member) {
	switch c.dice.IntN(6) {
	case 5:
		_, _ = m.Consume(model.ReplyTo, c.pick("", "w"), true, false, nil)
	case 0:
		m.Qos(c.dice.IntN(4), c.maybe())
	case 1:
		_, _, _, _ = m.Get(c.queue(), c.maybe())
	case 2:
		m.Cancel(c.pick("v", "w"))
	default:
		_, _ = m.Consume(c.queue(), c.pick("v", "w"), c.dice.IntN(3) == 0, c.dice.IntN(6) == 0, nil)
	}
}

func (c *crowd) transact(m member) {
	switch c.dice.IntN(6) {
	case 0:
		_ = m.SelectTx()
	case 1:
		_ = m.SelectConfirms()
	case 2:
		_ = m.Rollback()
	default:
		_, _ = m.Commit()
	}
}

// govern sets a policy or takes one away: some for queues, some for exchanges, some for
// all, also for what is there from the start.
func (c *crowd) govern(m member) {
	v, name := c.node.VHost(m.vhost), c.pick("p", "r")
	if c.maybe() {
		v.ClearPolicy(name)
		return
	}
	definition := wire.Table{
		{Name: "alternate-exchange", Value: c.pick("y", "amq.fanout", "nowhere")},
		{Name: "dead-letter-exchange", Value: c.pick("", "amq.topic", "x")},
		{Name: "expires", Value: int64(2500)},
		{Name: "max-length", Value: int64(c.dice.IntN(4))},
		{Name: "message-ttl", Value: int64(100 + c.dice.IntN(600))},
		{Name: "overflow", Value: c.pick("drop-head", "reject-publish", "reject-publish-dlx")},
	}
	n := c.dice.IntN(len(definition))
	must(v.SetPolicy(must(model.NewPolicy(name, c.pick("^a", "[bcx]", "dead|topic", ""), c.pick("", "queues", "exchanges"), c.dice.IntN(3), definition[n:n+1]))))
}

func (c *crowd) rare(i int, m member) {
	switch c.dice.IntN(11) {
	case 6:
		c.govern(m)
	case 0:
		_, _ = m.Purge(c.queue())
	case 1:
		_, _ = m.DeleteQueue(c.queue(), c.maybe(), c.maybe())
	case 2:
		_ = m.DeleteExchange(c.pick("x", "y"), c.maybe())
	case 3:
		m.conn.Close("connection lost")
		for other := range c.members {
			if c.members[other].conn == m.conn {
				c.members[other] = member{}
			}
		}
		for other := range c.members {
			if c.members[other].Channel == nil {
				c.enter(other)
			}
		}
	case 4:
		m.Channel.Close("closed by client")
		c.members[i] = member{}
		c.enter(i)
	case 5:
		if c.slow = !c.slow; !c.slow {
			for _, m := range c.members {
				m.conn.Resume()
			}
		}
	default:
		c.clock.Advance(time.Duration(c.dice.IntN(600)) * time.Millisecond)
	}
}
