package rabbitmq_test

import (
	"sort"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// Scenarios of messages on their way to consumers and back.

func getAndEmpty(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.get(ch, name, false)
	s.publish(name, "one", "two")
	d := s.get(ch, name, false)
	must(s.t, d.Nack(false, true))
	d = s.get(ch, name, false)
	must(s.t, d.Ack(false))
	s.get(ch, name, true)
	s.get(ch, name, true)
}

func deliveriesInOrder(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "one", "two", "three")
	deliveries := s.consume(ch, name, "worker")
	for range 3 {
		must(s.t, s.next(deliveries).Ack(false))
	}
	s.nothing(ch, deliveries)
	must(s.t, ch.Close())
	s.count(name)
}

func unknownTag(s *script, name string) {
	conn := s.connect()
	s.queue(s.channel(conn), name, nil)
	for what, settle := range map[string]func(ch *amqp.Channel) error{
		"ack":           func(ch *amqp.Channel) error { return ch.Ack(7, false) },
		"ack multiple":  func(ch *amqp.Channel) error { return ch.Ack(7, true) },
		"ack zero":      func(ch *amqp.Channel) error { return ch.Ack(0, false) },
		"ack all":       func(ch *amqp.Channel) error { return ch.Ack(0, true) },
		"nack":          func(ch *amqp.Channel) error { return ch.Nack(7, false, true) },
		"nack multiple": func(ch *amqp.Channel) error { return ch.Nack(7, true, true) },
		"reject":        func(ch *amqp.Channel) error { return ch.Reject(7, true) },
	} {
		ch := s.channel(conn)
		end := closing(ch)
		must(s.t, settle(ch))
		err := ch.Qos(1, 0, false)
		if err == nil {
			s.say("%s: ok", what)
			must(s.t, ch.Close())
			continue
		}
		s.closed(what, end)
	}
	sort.Strings(s.lines)
}

func ackedTwice(s *script, name string) {
	ch := s.open()
	end := closing(ch)
	s.queue(ch, name, nil)
	s.publish(name, "one", "two")
	deliveries := s.consume(ch, name, "worker")
	d := s.next(deliveries)
	s.next(deliveries)
	must(s.t, d.Ack(false))
	must(s.t, ch.Ack(d.DeliveryTag, false))
	s.closed("channel", end)
	s.count(name)
}

func ackMultiple(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3", "4", "5")
	deliveries := s.consume(ch, name, "worker")
	for range 5 {
		s.next(deliveries)
	}
	must(s.t, ch.Ack(2, false))
	must(s.t, ch.Ack(3, true))
	must(s.t, ch.Nack(5, false, true))
	again := s.next(deliveries)
	must(s.t, ch.Ack(again.DeliveryTag, true))
	must(s.t, ch.Ack(0, true))
	s.nothing(ch, deliveries)
	must(s.t, ch.Close())
	s.count(name)
}

func requeuePlace(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3", "4", "5", "6")
	var taken []amqp.Delivery
	for range 4 {
		taken = append(taken, s.get(ch, name, false))
	}
	must(s.t, taken[2].Nack(false, true))
	must(s.t, taken[0].Reject(true))
	must(s.t, taken[3].Nack(false, true))
	for range 5 {
		s.get(ch, name, true)
	}
}

func nackMultiple(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3")
	for range 3 {
		s.get(ch, name, false)
	}
	must(s.t, ch.Nack(2, true, true))
	s.get(ch, name, true)
	s.get(ch, name, true)
	s.get(ch, name, true)
	must(s.t, ch.Nack(0, true, false))
	s.count(name)
}

func rejectedDropped(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2")
	deliveries := s.consume(ch, name, "worker")
	must(s.t, s.next(deliveries).Reject(false))
	must(s.t, s.next(deliveries).Nack(false, false))
	must(s.t, ch.Close())
	s.count(name)
}

func deadLetters(s *script, name string) {
	ch := s.open()
	must(s.t, ch.ExchangeDeclare(name+" dlx", "direct", false, false, false, false, nil))
	s.queue(ch, name, amqp.Table{"x-dead-letter-exchange": name + " dlx", "x-dead-letter-routing-key": "poison"})
	s.queue(ch, name+" dead", nil)
	must(s.t, ch.QueueBind(name+" dead", "poison", name+" dlx", false, nil))
	s.publish(name, "one", "two")
	deliveries := s.consume(ch, name, "worker")
	must(s.t, s.next(deliveries).Nack(false, false))
	must(s.t, s.next(deliveries).Ack(false))
	dead := s.next(s.consume(ch, name+" dead", "undertaker"))
	s.death(dead)
	must(s.t, dead.Ack(false))
}

func deadTwice(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	s.queue(ch, name+" dead", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": name})
	s.publish(name, "one")
	deliveries, dead := s.consume(ch, name, "worker"), s.consume(ch, name+" dead", "undertaker")
	for range 3 {
		d := s.next(deliveries)
		s.death(d)
		must(s.t, d.Nack(false, false))
		d = s.next(dead)
		s.death(d)
		must(s.t, d.Reject(false))
	}
	d := s.next(deliveries)
	s.death(d)
	must(s.t, d.Ack(false))
}

// deadPublishedAgain is how programs retry by hand: they publish what died once more,
// with the headers that it came with, perhaps with numbers of another size.
func deadPublishedAgain(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	s.queue(ch, name+" dead", nil)
	for _, count := range []any{int64(7), int32(7), int8(7)} {
		history := amqp.Table{"x-death": []any{amqp.Table{"count": count, "queue": name, "reason": "rejected"}}}
		must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{Headers: history, Body: []byte("again")}))
		d := s.get(ch, name, false)
		must(s.t, d.Reject(false))
		d = s.until(ch, name+" dead")
		_, first := d.Headers["x-first-death-queue"]
		s.say("first death told: %t", first)
	}
}

func deadSameKey(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-dead-letter-exchange": "amq.direct"})
	s.queue(ch, name+" dead", nil)
	must(s.t, ch.QueueBind(name+" dead", name, "amq.direct", false, nil))
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{
		Body: []byte("one"), Headers: amqp.Table{"mine": "kept"}, ContentType: "text/plain", DeliveryMode: 2,
	}))
	must(s.t, s.next(s.consume(ch, name, "worker")).Reject(false))
	d := s.next(s.consume(ch, name+" dead", "undertaker"))
	s.say("type %q mode %d", d.ContentType, d.DeliveryMode)
	s.death(d)
}

func prefetchConsumer(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3", "4", "5")
	must(s.t, ch.Qos(2, 0, false))
	first := s.consume(ch, name, "first")
	a, b := s.next(first), s.next(first)
	s.nothing(ch, first)
	must(s.t, ch.Qos(0, 0, false))
	second := s.consume(ch, name, "second")
	for range 3 {
		s.next(second)
	}
	must(s.t, b.Nack(false, true))
	s.nothing(ch, first)
	must(s.t, a.Ack(false))
	s.count(name)
}

func prefetchChannel(s *script, name string) {
	ch := s.open()
	s.queue(ch, name+" a", nil)
	s.queue(ch, name+" b", nil)
	s.publish(name+" a", "a1", "a2", "a3")
	s.publish(name+" b", "b1", "b2")
	must(s.t, ch.Qos(3, 0, true))
	a := s.consume(ch, name+" a", "a")
	last := s.next(a)
	for range 2 {
		last = s.next(a)
	}
	b := s.consume(ch, name+" b", "b")
	s.nothing(ch, b)
	s.get(ch, name+" b", true) // a get is not bounded
	must(s.t, last.Ack(false))
	s.next(b)
	s.nothing(ch, a)
	s.publish(name+" b", "b3")
	s.nothing(ch, b)
	must(s.t, ch.Qos(1, 0, false)) // for later consumers, and no limit for the channel
	s.next(b)
}

func turns(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	must(s.t, ch.Qos(2, 0, false))
	a, b := s.consume(ch, name, "a"), s.consume(ch, name, "b")
	s.publish(name, "1", "2", "3", "4", "5")
	for range 2 {
		s.next(a)
		s.next(b)
	}
	s.nothing(ch, a)
	s.nothing(ch, b)
	s.count(name)
}

func exclusiveConsumer(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	_, err := ch.Consume(name, "only", false, true, false, false, nil)
	s.outcome("exclusive", err)
	_, err = s.channel(conn).Consume(name, "second", false, false, false, false, nil)
	s.outcome("second", err)
	must(s.t, ch.Cancel("only", false))
	_, err = ch.Consume(name, "plain", false, false, false, false, nil)
	s.outcome("after it", err)
	_, err = s.channel(conn).Consume(name, "exclusive", false, true, false, false, nil)
	s.outcome("exclusive beside it", err)
}

func tagTwice(s *script, name string) {
	conn := s.connect()
	end := closing(conn)
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	raw := s.raw().login()
	raw.method(1, &wire.BasicConsume{Queue: name, ConsumerTag: "same"})
	raw.want(&wire.BasicConsumeOk{})
	raw.method(1, &wire.BasicConsume{Queue: name, ConsumerTag: "same"})
	raw.refusal()
	s.outcome("other connections", ch.Close())
	must(s.t, conn.Close())
	s.closed("connection", end)
}

func cancelKeeps(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2")
	deliveries := s.consume(ch, name, "worker")
	one, two := s.next(deliveries), s.next(deliveries)
	s.outcome("cancel", ch.Cancel("worker", false))
	s.outcome("cancel again", ch.Cancel("worker", false))
	s.count(name)
	must(s.t, one.Ack(false))
	must(s.t, two.Nack(false, true))
	s.get(ch, name, true)
}

func cancelNotify(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	s.publish(name, "1")
	cancels := ch.NotifyCancel(make(chan string, 1))
	deliveries := s.consume(ch, name, "worker")
	d := s.next(deliveries)
	n, err := s.channel(conn).QueueDelete(name, false, false, false)
	s.outcome("delete", err)
	s.say("%d went with it, cancelled %q", n, receive(s.t, cancels))
	s.outcome("ack of what is gone", d.Ack(false))
	s.outcome("channel", ch.Qos(1, 0, false))
}

func autoDelete(s *script, name string) {
	ch := s.open()
	_, err := ch.QueueDeclare(name, false, true, false, false, nil)
	must(s.t, err)
	must(s.t, ch.ExchangeDeclare(name, "direct", false, true, false, false, nil))
	must(s.t, ch.QueueBind(name, "k", name, false, nil))
	s.count(name) // no consumer yet, but never had one
	deliveries := s.consume(ch, name, "worker")
	must(s.t, ch.Cancel("worker", false))
	for range deliveries {
		s.say("unexpected")
	}
	s.count(name)
	s.outcome("exchange after its last binding", s.open().ExchangeDeclarePassive(name, "direct", false, true, false, false, nil))
}

func exclusiveGoes(s *script, name string) {
	conn := s.connect()
	_, err := s.channel(conn).QueueDeclare(name, false, false, true, false, nil)
	must(s.t, err)
	must(s.t, conn.Close())
	time.Sleep(quiet)
	s.count(name)
}

func recoverAll(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3")
	deliveries := s.consume(ch, name, "worker")
	for range 3 {
		s.next(deliveries)
	}
	must(s.t, ch.Ack(2, false))
	s.outcome("recover", ch.Recover(true)) //nolint:staticcheck // deprecated, and still to be answered
	s.next(deliveries)
	s.next(deliveries)
	s.nothing(ch, deliveries)
}

func closeGivesBack(s *script, name string) {
	conn := s.connect()
	ch, other := s.channel(conn), s.channel(conn)
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3")
	deliveries := s.consume(ch, name, "worker")
	for range 3 {
		s.next(deliveries)
	}
	must(s.t, ch.Ack(2, false))
	must(s.t, ch.Close())
	s.count(name)
	s.get(other, name, true)
	s.get(other, name, true)
}

func autoAck(s *script, name string) {
	ch := s.open()
	end := closing(ch)
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3")
	must(s.t, ch.Qos(1, 0, false))
	deliveries, err := ch.Consume(name, "worker", true, false, true, false, nil)
	must(s.t, err)
	for range 3 {
		s.next(deliveries)
	}
	s.count(name)
	must(s.t, ch.Ack(1, false))
	s.closed("channel", end)
	s.count(name)
}
