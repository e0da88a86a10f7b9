package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A QueueSpec is a queue as a client asks for it.
type QueueSpec struct {
	Name       string // empty: the server makes one
	Durable    bool
	Exclusive  bool
	AutoDelete bool
	Arguments  wire.Table
}

// maxArguments is how many bytes the arguments of a queue, exchange or binding may
// take: they are kept as long as it is.
const maxArguments = 4096

// checkSize refuses arguments that take more than maxArguments.
func checkSize(arguments wire.Table) error {
	return within(len(wire.AppendTable(nil, arguments)), maxArguments+1, "bytes of arguments")
}

// FindQueue returns a queue that the channel may use: queue.declare with
// passive, where an empty name is not the last queue's. Errors: NotFound,
// ResourceLocked.
func (ch *Channel) FindQueue(name string) (*Queue, error) {
	if name == ReplyTo {
		return &Queue{Name: ReplyTo, consumers: make([]*Consumer, 1)}, nil // is there for everyone, and someone reads it
	}
	if q, ok := ch.conn.vhost.queues[name]; ok && q.reply {
		return q, nil // whoever is to answer may look whether somebody still waits
	}
	q, err := ch.conn.vhost.queue(name, ch.conn)
	if err != nil {
		return nil, err
	}
	ch.lastQueue = q.Name
	ch.conn.vhost.touch(q)
	return q, nil
}

// DeclareQueue returns the queue as asked for, made if need be. Errors:
// AccessRefused for a reserved name, ResourceLocked, PreconditionFailed when the
// queue is there and different, NotImplemented, *brokers.QuotaError.
func (ch *Channel) DeclareQueue(s QueueSpec) (*Queue, error) {
	v := ch.conn.vhost
	if s.Name == ReplyTo || strings.HasPrefix(s.Name, ReplyTo+".") {
		return ch.FindQueue(s.Name)
	}
	if strings.HasPrefix(s.Name, "amq.") {
		return nil, Errorf(AccessRefused, "queue name '%s' contains reserved prefix 'amq.*'", s.Name)
	}
	if s.Name == "" {
		s.Name = v.newName("amq.gen-")
	}
	if err := cmp.Or(ch.may(configure, "queue", s.Name), checkSize(s.Arguments)); err != nil {
		return nil, err
	}
	if err := v.roomForQueue(s.Name); err != nil {
		return nil, err
	}
	if q, ok := v.queues[s.Name]; ok {
		if err := ch.sameQueue(q, &s); err != nil {
			return nil, err
		}
		ch.lastQueue = q.Name
		v.touch(q)
		return q, nil
	}
	q, err := ch.newQueue(s)
	if err != nil {
		return nil, err
	}
	v.queues[q.Name] = q
	ch.lastQueue = q.Name
	ch.record(brokers.Event{Kind: brokers.Declared, Place: q.Name, Detail: v.declaredDetail(q)})
	v.touch(q)
	return q, nil
}

func (ch *Channel) newQueue(s QueueSpec) (*Queue, error) {
	v := ch.conn.vhost
	asked, err := v.readRules(&s)
	if err != nil {
		return nil, err
	}
	if to := asked.deadLetter; to != nil {
		if err := cmp.Or(ch.may(read, "queue", s.Name), ch.may(write, "exchange", to.exchange)); err != nil {
			return nil, err
		}
	}
	if err := within(len(v.queues), v.quota.Queues, "queues"); err != nil {
		return nil, err
	}
	q := &Queue{Name: s.Name, Durable: s.Durable, AutoDelete: s.AutoDelete, Arguments: s.Arguments, rules: asked, asked: asked, lines: make([]line, asked.priorities+1)}
	v.govern(q)
	if s.Exclusive {
		q.Owner = ch.conn
	}
	return q, nil
}

// sameQueue refuses a declaration that differs from the queue that is there.
func (ch *Channel) sameQueue(q *Queue, s *QueueSpec) error {
	v := ch.conn.vhost
	var owner *Connection
	if s.Exclusive {
		owner = ch.conn
	}
	if q.Owner != owner {
		return v.locked(q)
	}
	what := fmt.Sprintf("queue '%s' in vhost '%s'", q.Name, v.Name)
	for _, f := range []struct {
		name     string
		now, new bool
	}{{"durable", q.Durable, s.Durable}, {"auto_delete", q.AutoDelete, s.AutoDelete}} {
		if f.now != f.new {
			return inequivalent(f.name, what, fmt.Sprintf("'%t'", f.new), fmt.Sprintf("'%t'", f.now))
		}
	}
	for i := range queueArguments {
		if err := sameArgument(queueArguments[i].name, what, q.Arguments, s.Arguments); err != nil {
			return err
		}
	}
	return nil
}

// Purge throws away the messages that are ready, and counts them. Errors:
// NotFound, ResourceLocked.
func (ch *Channel) Purge(queue string) (int, error) {
	if err := ch.mayUse(read, queue); err != nil {
		return 0, err
	}
	q, err := ch.queue(queue)
	if err != nil {
		return 0, err
	}
	gone := q.clear()
	ch.conn.vhost.trim(q)
	for _, e := range gone {
		ch.conn.vhost.forget(e)
	}
	ch.record(brokers.Event{Kind: brokers.Purged, Place: q.Name, N: int64(len(gone))})
	return len(gone), nil
}

// DeleteQueue deletes a queue, and counts the ready messages that go with it; a
// queue that does not exist is no error. Errors: ResourceLocked,
// PreconditionFailed when ifUnused and it has consumers, or ifEmpty and it has
// messages.
func (ch *Channel) DeleteQueue(queue string, ifUnused, ifEmpty bool) (int, error) {
	v := ch.conn.vhost
	if err := ch.mayUse(configure, queue); err != nil {
		return 0, err
	}
	q, err := ch.queue(queue)
	if queue != "" && hasCode(err, NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if ifUnused && len(q.consumers) > 0 {
		return 0, Errorf(PreconditionFailed, "queue '%s' in vhost '%s' in use", q.Name, v.Name)
	}
	if ifEmpty && q.Ready() > 0 {
		return 0, Errorf(PreconditionFailed, "queue '%s' in vhost '%s' not empty", q.Name, v.Name)
	}
	ready := q.Ready()
	v.deleteQueue(q, "")
	return ready, nil
}

// deleteQueue takes a queue out of the virtual host, with its messages, its
// bindings and its consumers.
func (v *VHost) deleteQueue(q *Queue, reason string) {
	q.deleted = true
	v.stop(&q.alarm)
	v.stop(&q.unused)
	delete(v.queues, q.Name)
	ready := q.clear()
	for _, e := range ready {
		v.forget(e)
	}
	v.forgetUnacked(q)
	v.record(brokers.Event{Kind: brokers.Deleted, Place: q.Name, N: int64(len(ready)), Reason: reason})
	for _, c := range slices.Clone(q.consumers) {
		c.channel.drop(c, "queue deleted")
		c.channel.conn.client.Cancelled(c.channel.Number, c.Tag)
	}
	v.forgetBindings(destination{queue: q})
}

// forgetUnacked takes what was given out of a queue that is being deleted out of
// the counts: nothing can bring it back.
func (v *VHost) forgetUnacked(q *Queue) {
	if q.unacked == 0 {
		return
	}
	for _, c := range v.connections {
		for _, ch := range c.channels {
			v.forgetThose(ch.unacked.items, q)
			if ch.tx != nil {
				for _, s := range ch.tx.settled {
					v.forgetThose(s.deliveries, q)
				}
			}
		}
	}
}

func (v *VHost) forgetThose(deliveries []unacked, q *Queue) {
	for i := range deliveries {
		if u := &deliveries[i]; !u.settled && u.queue == q {
			v.forget(u.entry)
		}
	}
}
