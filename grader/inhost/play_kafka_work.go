package inhost

import (
	"cmp"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// kafkaTimes are the times of a consumer.
type kafkaTimes struct {
	takes    time.Duration // for a record
	session  time.Duration // session.timeout.ms
	interval time.Duration // auto.commit.interval.ms
	maxPoll  time.Duration // max.poll.interval.ms; 0: it may take as long as it likes
}

// playRetry is how long a consumer waits before it tries again what has failed.
const playRetry = 10 * time.Second

// read takes the times of a step.
func (t *kafkaTimes) read(w kafkaStep) error {
	for _, f := range []struct {
		text string
		into *time.Duration
	}{{w.Takes, &t.takes}, {w.Session, &t.session}, {w.Interval, &t.interval}, {w.MaxPoll, &t.maxPoll}} {
		d, err := duration(f.text)
		if err != nil {
			return err
		}
		*f.into = d
	}
	t.session, t.interval = cmp.Or(t.session, playSession), cmp.Or(t.interval, playCommits)
	return nil
}

// next begins the next work, or reads on. Who takes batches asks its group for news only
// between two of them.
func (c *kafkaConsumer) next() {
	if c.busy || c.commits == "manual" {
		return
	}
	if len(c.held) == 0 {
		c.readOn()
		return
	}
	if c.commits == "read" {
		c.hand()
		return
	}
	if c.polls++; c.spec.Batch > 0 {
		c.fill()
	}
	if c.commits == "before" {
		for _, r := range c.held {
			c.commit(r.from, r.offset+1)
		}
	}
	c.watch()
	c.work()
}

// readOn asks for records; before that for a place in the group, if it has lost its own.
func (c *kafkaConsumer) readOn() {
	if c.away || c.called {
		c.away = false
		c.join()
		return
	}
	c.poll()
}

// fill reads what there is, until the batch is full.
func (c *kafkaConsumer) fill() {
	for before := 0; len(c.held) < c.spec.Batch && len(c.held) > before; {
		before = len(c.held)
		held := c.held
		c.held = nil
		c.fetch(0)
		c.held = append(held, c.held...)
	}
}

// turns are the partitions of the consumer in the order in which it asks for records: who
// takes batches begins with another one each time, as clients do, so that none is left out.
func (c *kafkaConsumer) turns() []*model.Partition {
	n := len(c.order)
	if c.spec.Batch == 0 || n == 0 {
		return c.order
	}
	c.turn++
	at := c.turn % n
	return slices.Concat(c.order[at:], c.order[:at])
}

// watch has the consumer leave its group when it has not asked for records in time, as
// Java's client does: it goes on with its work, but may no longer commit it.
func (c *kafkaConsumer) watch() {
	if c.times.maxPoll == 0 {
		return
	}
	polls := c.polls
	c.later(c.times.maxPoll, func() {
		if !c.busy || c.polls != polls {
			return
		}
		member := c.id.Member
		c.away, c.called = true, false
		c.stopFetching()
		c.id.Member, c.id.Generation = "", -1
		_ = c.in.cluster.Leave(c.spec.Group, member, "", "max.poll.interval.ms") // its group may have given it up before
	})
}

// work does the oldest record that the consumer holds.
func (c *kafkaConsumer) work() {
	r := c.held[0]
	c.busy = true
	c.in.working++
	life, round := c.life, c.round
	c.in.act(c.times.takes, func() {
		c.in.working--
		if !c.up || c.life != life {
			return // it died with the program
		}
		same := round == c.round // else the share is another one by now
		if c.spec.Fails != "" && r.label == c.spec.Fails {
			c.fail(r)
			if same {
				c.again()
				return
			}
		} else {
			c.done(r, same && !c.away)
		}
		if same && len(c.held) > 0 && c.held[0] == r {
			c.held = c.held[1:]
		}
		c.afterWork(same)
	})
}

// afterWork goes on with the batch or, when it is done, commits it and reads on.
func (c *kafkaConsumer) afterWork(same bool) {
	if same && c.spec.Batch > 0 && len(c.held) > 0 {
		c.work()
		return
	}
	c.busy = false
	if same && c.spec.Batch > 0 && c.commits == "after" && !c.away {
		c.commitWorked()
	}
	c.later(0, c.next)
}

// fail says that the work on a record has failed.
func (c *kafkaConsumer) fail(r taken) {
	c.in.record(brokers.Event{Kind: brokers.Failed, Consumer: c.spec.Name, Group: c.spec.Group, Place: place(r.from), Message: r.message, Label: r.label, Tag: uint64(r.offset)}) //nolint:gosec // an offset
}

// again tries the same record again, after a while: nothing behind it gets its turn.
func (c *kafkaConsumer) again() {
	life, round := c.life, c.round
	c.in.act(playRetry, func() {
		switch {
		case !c.up || c.life != life:
		case c.round == round:
			c.work()
		default:
			c.busy = false
			c.later(0, c.next)
		}
	})
}

// hand commits the records that were read, and puts them into the program's memory, where
// they wait for their turn.
func (c *kafkaConsumer) hand() {
	for _, r := range c.held {
		c.commit(r.from, r.offset+1)
	}
	idle := len(c.handed) == 0
	c.handed, c.held = append(c.handed, c.held...), nil
	if idle {
		c.fromMemory()
	}
	c.later(0, c.next)
}

// fromMemory does the oldest record in the program's memory.
func (c *kafkaConsumer) fromMemory() {
	c.in.working++
	life := c.life
	c.in.act(c.times.takes, func() {
		c.in.working--
		if !c.up || c.life != life {
			return
		}
		r := c.handed[0]
		c.handed = c.handed[1:]
		c.in.serve(c.spec.Service, r.message, r.label)
		if len(c.handed) > 0 {
			c.fromMemory()
		}
	})
}

// done is the end of a work: its effect, and its commit if the partition is still the
// consumer's.
func (c *kafkaConsumer) done(r taken, mine bool) {
	c.in.serve(c.spec.Service, r.message, r.label)
	if !mine {
		return
	}
	c.worked[r.from] = r.offset + 1
	if c.commits == "after" && c.spec.Batch == 0 {
		c.commit(r.from, r.offset+1)
	}
}

func (c *kafkaConsumer) commit(p *model.Partition, at int64) {
	_, _ = c.in.cluster.Commit(c.id, c.spec.Name, []model.Commit{{Topic: p.Topic.Name, Index: p.Index, Offset: model.Offset{At: at, Epoch: -1}}}) // a member that is out of date may not; it will learn so
}

// commitWorked commits everything that the consumer has done.
func (c *kafkaConsumer) commitWorked() {
	for _, p := range c.order {
		at, ok := c.worked[p]
		if o, known := c.in.cluster.Group(c.spec.Group).Offset(p.Topic.Name, p.Index); ok && (!known || o.At != at) {
			c.commit(p, at)
		}
	}
}
