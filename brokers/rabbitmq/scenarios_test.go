package rabbitmq_test

import (
	"fmt"
	"sort"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// scenarios are written once and run against the miniature and against
// RabbitMQ. Each uses names of its own: its own name and what it appends to it.
var scenarios = []struct {
	name string
	run  func(s *script, name string)
}{
	{"queue named by the server", serverNamed},
	{"queue declared twice", declaredTwice},
	{"queue that is not there", missingQueue},
	{"queue with a reserved name", reservedNames},
	{"queue exclusive to another", exclusiveQueue},
	{"queue deleted on conditions", deleteConditions},
	{"queue purged", purged},
	{"exchange declared", exchangeDeclared},
	{"exchange that cannot be", exchangeRefused},
	{"direct exchange", directRouting},
	{"binding what is missing", bindMissing},
	{"publish to nowhere", publishNowhere},
	{"mandatory and confirmed", mandatoryConfirmed},
	{"confirms count", confirmsCount},
	{"get", getAndEmpty},
	{"deliveries in order", deliveriesInOrder},
	{"unknown delivery tag", unknownTag},
	{"acked twice", ackedTwice},
	{"ack multiple", ackMultiple},
	{"requeue keeps the place", requeuePlace},
	{"nack multiple", nackMultiple},
	{"rejected and dropped", rejectedDropped},
	{"dead letters", deadLetters},
	{"dead letters twice", deadTwice},
	{"dead letters without a key of their own", deadSameKey},
	{"prefetch of a consumer", prefetchConsumer},
	{"prefetch of a channel", prefetchChannel},
	{"turns", turns},
	{"exclusive consumer", exclusiveConsumer},
	{"consumer tag used twice", tagTwice},
	{"cancelled consumer keeps what it has", cancelKeeps},
	{"consumer cancelled by the broker", cancelNotify},
	{"auto-delete", autoDelete},
	{"exclusive queue goes", exclusiveGoes},
	{"recover", recoverAll},
	{"closed channel gives back", closeGivesBack},
	{"auto-ack", autoAck},
	{"properties", properties},
	{"bodies of all sizes", bodies},
	{"channel number used again", channelAgain},
	{"what RabbitMQ lacks", notImplemented},
	{"internal exchange", internalExchange},
	{"user id", userID},
	{"dead-letter arguments", deadLetterArguments},
	{"strangers", strangers},
	{"limits settled wrongly", wrongLimits},
	{"wrong protocol header", wrongHeader},
	{"frames out of turn", outOfTurn},
	{"channels out of turn", channelsOutOfTurn},
	{"bytes that are no frames", noFrames},
	{"new secret", newSecret},
}

func serverNamed(s *script, _ string) {
	ch := s.open()
	q, err := ch.QueueDeclare("", false, false, true, false, nil)
	s.outcome("declare", err)
	s.say("%s: %d ready, %d consumers", q.Name, q.Messages, q.Consumers)
	must(s.t, ch.PublishWithContext(background, "", q.Name, false, false, amqp.Publishing{Body: []byte("one")}))
	s.get(ch, "", true) // the empty name is the queue declared last
	s.get(s.channel(s.connect()), "", true)
}

func declaredTwice(s *script, name string) {
	conn := s.connect()
	try := func(what string, durable, autoDelete bool, args amqp.Table) {
		ch := s.channel(conn)
		_, err := ch.QueueDeclare(name, durable, autoDelete, false, false, args)
		s.outcome(what, err)
		_ = ch.Close()
	}
	try("first", true, false, amqp.Table{"x-dead-letter-exchange": "dlx"})
	try("same", true, false, amqp.Table{"x-dead-letter-exchange": "dlx"})
	try("not durable", false, false, amqp.Table{"x-dead-letter-exchange": "dlx"})
	try("auto-delete", true, true, amqp.Table{"x-dead-letter-exchange": "dlx"})
	try("other argument", true, false, amqp.Table{"x-dead-letter-exchange": "other"})
	try("no argument", true, false, nil)
	try("one more argument", true, false, amqp.Table{"x-dead-letter-exchange": "dlx", "x-dead-letter-routing-key": "key"})
	try("unknown argument", true, false, amqp.Table{"x-dead-letter-exchange": "dlx", "colour": "red"})
	ch := s.channel(conn)
	_, err := ch.QueueDeclare(name, true, false, true, false, amqp.Table{"x-dead-letter-exchange": "dlx"})
	s.outcome("exclusive", err)
}

func missingQueue(s *script, name string) {
	conn := s.connect()
	for _, try := range []struct {
		what string
		do   func(ch *amqp.Channel) error
	}{
		{"passive", func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
			return err
		}},
		{"consume", func(ch *amqp.Channel) error {
			_, err := ch.Consume(name, "", false, false, false, false, nil)
			return err
		}},
		{"get", func(ch *amqp.Channel) error { _, _, err := ch.Get(name, false); return err }},
		{"purge", func(ch *amqp.Channel) error { _, err := ch.QueuePurge(name, false); return err }},
		{"delete", func(ch *amqp.Channel) error { _, err := ch.QueueDelete(name, false, false, false); return err }},
		{"no name", func(ch *amqp.Channel) error { _, _, err := ch.Get("", false); return err }},
	} {
		ch := s.channel(conn)
		end := closing(ch)
		err := try.do(ch)
		s.outcome(try.what, err)
		if err != nil {
			s.closed("channel", end)
		}
		_ = ch.Close()
	}
}

func reservedNames(s *script, _ string) {
	conn := s.connect()
	_, err := s.channel(conn).QueueDeclare("amq.mine", false, false, false, false, nil)
	s.outcome("queue", err)
	s.outcome("exchange", s.channel(conn).ExchangeDeclare("amq.mine", "direct", false, false, false, false, nil))
	s.outcome("exchange of the broker", s.channel(conn).ExchangeDeclare("amq.direct", "direct", true, false, false, false, nil))
	s.outcome("not the same", s.channel(conn).ExchangeDeclare("amq.direct", "direct", false, false, false, false, nil))
	s.outcome("delete", s.channel(conn).ExchangeDelete("amq.direct", false, false))
}

func exclusiveQueue(s *script, name string) {
	mine, other := s.connect(), s.connect()
	_, err := s.channel(mine).QueueDeclare(name, false, false, true, false, nil)
	s.outcome("mine", err)
	_, err = s.channel(mine).QueueDeclare(name, false, false, true, false, nil)
	s.outcome("mine again", err)
	_, err = s.channel(mine).QueueDeclare(name, false, false, false, false, nil)
	s.outcome("mine, not exclusive", err)
	_, err = s.channel(other).QueueDeclare(name, false, false, true, false, nil)
	s.outcome("other", err)
	_, err = s.channel(other).QueueDeclarePassive(name, false, false, true, false, nil)
	s.outcome("other, passive", err)
	_, err = s.channel(other).Consume(name, "", false, false, false, false, nil)
	s.outcome("other consumes", err)
	_, _, err = s.channel(other).Get(name, true)
	s.outcome("other gets", err)
	s.outcome("other binds", s.channel(other).QueueBind(name, "k", "amq.direct", false, nil))
	_, err = s.channel(other).QueueDelete(name, false, false, false)
	s.outcome("other deletes", err)
	_, err = s.channel(other).QueuePurge(name, false)
	s.outcome("other purges", err)
	s.outcome("other publishes", s.channel(other).PublishWithContext(background, "", name, false, false, amqp.Publishing{}))
}

func deleteConditions(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	s.publish(name, "one", "two")
	_, err := s.channel(conn).QueueDelete(name, false, true, false)
	s.outcome("if empty", err)
	s.consume(ch, name, "c")
	_, err = s.channel(conn).QueueDelete(name, true, false, false)
	s.outcome("if unused", err)
	must(s.t, ch.Close())
	n, err := s.channel(conn).QueueDelete(name, true, false, false)
	s.outcome("unused now", err)
	s.say("%d messages went with it", n)
}

func purged(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "one", "two", "three")
	s.get(ch, name, false)
	n, err := ch.QueuePurge(name, false)
	s.outcome("purge", err)
	s.say("%d purged", n)
	s.count(name)
	must(s.t, ch.Close())
	s.count(name)
}

func exchangeDeclared(s *script, name string) {
	conn := s.connect()
	try := func(what string, kind string, durable, autoDelete, internal bool) {
		ch := s.channel(conn)
		s.outcome(what, ch.ExchangeDeclare(name, kind, durable, autoDelete, internal, false, nil))
		_ = ch.Close()
	}
	s.outcome("passive before", s.channel(conn).ExchangeDeclarePassive(name, "direct", true, false, false, false, nil))
	try("first", "direct", true, false, false)
	try("same", "direct", true, false, false)
	try("fanout", "fanout", true, false, false)
	try("not durable", "direct", false, false, false)
	try("auto-delete", "direct", true, true, false)
	try("internal", "direct", true, false, true)
	s.outcome("passive after", s.channel(conn).ExchangeDeclarePassive(name, "direct", true, false, false, false, nil))
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	must(s.t, ch.QueueBind(name, "k", name, false, nil))
	s.outcome("delete if unused", s.channel(conn).ExchangeDelete(name, true, false))
	must(s.t, ch.QueueUnbind(name, "k", name, nil))
	s.outcome("delete if unused now", s.channel(conn).ExchangeDelete(name, true, false))
	s.outcome("delete again", s.channel(conn).ExchangeDelete(name, false, false))
}

func exchangeRefused(s *script, name string) {
	conn := s.connect()
	end := closing(conn)
	s.outcome("default", s.channel(conn).ExchangeDeclare("", "direct", true, false, false, false, nil))
	s.outcome("default, passive", s.channel(conn).ExchangeDeclarePassive("", "direct", true, false, false, false, nil))
	s.outcome("default deleted", s.channel(conn).ExchangeDelete("", false, false))
	s.outcome("unknown kind", s.channel(conn).ExchangeDeclare(name, "round", true, false, false, false, nil))
	s.closed("connection", end)
}

func directRouting(s *script, name string) {
	ch := s.open()
	must(s.t, ch.ExchangeDeclare(name, "direct", false, false, false, false, nil))
	red, all := s.queue(ch, name+" red", nil), s.queue(ch, name+" all", nil)
	must(s.t, ch.QueueBind(red, "red", name, false, nil))
	must(s.t, ch.QueueBind(red, "red", name, false, nil)) // the same one
	for _, key := range []string{"red", "green", ""} {
		must(s.t, ch.QueueBind(all, key, name, false, amqp.Table{"colour": key}))
	}
	must(s.t, ch.QueueBind(all, "red", name, false, nil)) // two ways to the same queue: one message
	must(s.t, ch.Confirm(false))
	send := func(key string) {
		done, err := ch.PublishWithDeferredConfirm(name, key, false, false, amqp.Publishing{Body: []byte(key)})
		must(s.t, err)
		done.Wait()
	}
	for _, key := range []string{"red", "green", "", "red.dark", "RED"} {
		send(key)
	}
	s.count(red)
	s.count(all)
	must(s.t, ch.QueueUnbind(red, "red", name, nil))
	must(s.t, ch.QueueUnbind(red, "red", name, nil))
	send("red")
	s.count(red)
	s.count(all)
	s.get(ch, red, true)
}

func bindMissing(s *script, name string) {
	conn := s.connect()
	s.queue(s.channel(conn), name, nil)
	s.outcome("bind to no exchange", s.channel(conn).QueueBind(name, "k", name+" none", false, nil))
	s.outcome("bind no queue", s.channel(conn).QueueBind(name+" none", "k", "amq.direct", false, nil))
	s.outcome("bind neither", s.channel(conn).QueueBind(name+" none", "k", name+" none", false, nil))
	s.outcome("bind to the default", s.channel(conn).QueueBind(name, "k", "", false, nil))
	s.outcome("unbind from no exchange", s.channel(conn).QueueUnbind(name, "k", name+" none", nil))
	s.outcome("unbind no queue", s.channel(conn).QueueUnbind(name+" none", "k", "amq.direct", nil))
	s.outcome("unbind no binding", s.channel(conn).QueueUnbind(name, "k", "amq.direct", nil))
	s.outcome("unbind from the default", s.channel(conn).QueueUnbind(name, name, "", nil))
}

func publishNowhere(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	end := closing(ch)
	s.outcome("publish to no queue", ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{}))
	s.outcome("publish to no exchange", ch.PublishWithContext(background, name, "", false, false, amqp.Publishing{}))
	s.closed("channel", end)
	s.queue(s.channel(conn), name, nil)
	s.count(name)
}

func mandatoryConfirmed(s *script, name string) {
	ch := s.open()
	must(s.t, ch.Confirm(false))
	type heard struct {
		returned *amqp.Return
		confirm  amqp.Confirmation
	}
	events := make(chan heard, 10)
	returns := ch.NotifyReturn(make(chan amqp.Return))
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation))
	go func() {
		for returns != nil || confirms != nil {
			select {
			case r, ok := <-returns:
				if !ok {
					returns = nil
					continue
				}
				events <- heard{returned: &r}
			case c, ok := <-confirms:
				if !ok {
					confirms = nil
					continue
				}
				events <- heard{confirm: c}
			}
		}
	}()
	must(s.t, ch.PublishWithContext(background, "", name, true, false, amqp.Publishing{Body: []byte("lost"), MessageId: "7"}))
	for range 2 {
		if h := receive(s.t, events); h.returned != nil {
			r := h.returned
			s.say("returned: %d %s exchange=%q key=%q body=%q id=%q", r.ReplyCode, r.ReplyText, r.Exchange, r.RoutingKey, r.Body, r.MessageId)
		} else {
			s.say("confirmed: tag=%d ack=%t", h.confirm.DeliveryTag, h.confirm.Ack)
		}
	}
	must(s.t, ch.Close())
}

func confirmsCount(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{}))
	must(s.t, ch.Confirm(false))
	must(s.t, ch.Confirm(false))
	for range 3 {
		done, err := ch.PublishWithDeferredConfirm("", name, false, false, amqp.Publishing{})
		must(s.t, err)
		s.say("confirmed: %t, tag %d", done.Wait(), done.DeliveryTag)
	}
	s.count(name)
}

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
	s.outcome("recover", ch.Recover(true))
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

func properties(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{
		Headers: amqp.Table{
			"bool": true, "int8": int8(-8), "uint8": uint8(200), "int16": int16(-300), "int32": int32(-70000), "int64": int64(-1 << 40),
			"float32": float32(1.5), "float64": 2.25, "string": "text", "bytes": []byte{0, 1, 255},
			"array": []any{int32(1), "two", amqp.Table{"three": int32(3)}}, "table": amqp.Table{"nested": amqp.Table{"deep": nil}},
			"time": time.Unix(1700000000, 0), "decimal": amqp.Decimal{Scale: 2, Value: 314}, "nil": nil,
		},
		ContentType: "text/plain", ContentEncoding: "gzip", DeliveryMode: 2, Priority: 5, CorrelationId: "c", ReplyTo: "r",
		MessageId: "m", Timestamp: time.Unix(1700000000, 0), Type: "t", UserId: "guest", AppId: "a",
	}))
	d := s.get(ch, name, true)
	s.say("%q %q %d %d %q %q %q %q %d %q %q %q", d.ContentType, d.ContentEncoding, d.DeliveryMode, d.Priority, d.CorrelationId, d.ReplyTo, d.Expiration,
		d.MessageId, d.Timestamp.Unix(), d.Type, d.UserId, d.AppId)
	for name, value := range d.Headers {
		if at, ok := value.(time.Time); ok {
			value = at.Unix()
		}
		s.say("header %s: %T %v", name, value, value)
	}
	sort.Strings(s.lines)
}

func bodies(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	for _, size := range []int{0, 1, 131064, 131065, 300_000} {
		body := strings.Repeat("x", size)
		must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{Body: []byte(body)}))
		d, ok, err := ch.Get(name, true)
		must(s.t, err)
		s.say("%d bytes: %t %t", size, ok, string(d.Body) == body)
	}
}

func channelAgain(s *script, name string) {
	raw := s.raw().login()
	for range 2 {
		raw.method(1, &wire.QueueDeclare{Queue: name, Passive: true})
		raw.refusal()
		raw.method(1, &wire.QueueDeclare{Queue: name}) // ignored: the channel is being closed
		raw.method(1, &wire.ChannelCloseOk{})
		raw.method(1, &wire.ChannelOpen{})
		raw.want(&wire.ChannelOpenOk{})
	}
	s.count(name)
}

func notImplemented(s *script, name string) {
	for _, try := range []struct {
		what string
		do   func(ch *amqp.Channel)
	}{
		{"immediate", func(ch *amqp.Channel) {
			_ = ch.PublishWithContext(background, "", name, false, true, amqp.Publishing{})
		}},
		{"prefetch in bytes", func(ch *amqp.Channel) { _ = ch.Qos(0, 100, false) }},
		{"flow", func(ch *amqp.Channel) { _ = ch.Flow(false) }},
		{"recover to the same", func(ch *amqp.Channel) { _ = ch.Recover(false) }},
	} {
		conn := s.connect()
		end := closing(conn)
		try.do(s.channel(conn))
		s.closed(try.what, end)
	}
	s.outcome("flow that flows", s.open().Flow(true))
}

func internalExchange(s *script, name string) {
	ch := s.open()
	end := closing(ch)
	must(s.t, ch.ExchangeDeclare(name, "direct", false, false, true, false, nil))
	must(s.t, ch.PublishWithContext(background, name, "", false, false, amqp.Publishing{}))
	s.closed("channel", end)
}

func userID(s *script, name string) {
	ch := s.open()
	end := closing(ch)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{UserId: "mallory"}))
	s.closed("channel", end)
}

func deadLetterArguments(s *script, name string) {
	conn := s.connect()
	for _, args := range []amqp.Table{
		{"x-dead-letter-exchange": int32(5)},
		{"x-dead-letter-routing-key": "key"},
		{"x-dead-letter-exchange": "x", "x-dead-letter-routing-key": true},
	} {
		_, err := s.channel(conn).QueueDeclare(name, true, false, false, false, args)
		s.outcome(fmt.Sprint(args), err)
	}
}

func strangers(s *script, _ string) {
	_, err := amqp.Dial(strings.Replace(s.url, "guest:guest", "guest:wrong", 1))
	s.outcome("wrong password", err)
	_, err = amqp.Dial(strings.Replace(s.url, "guest:guest", "nobody:guest", 1))
	s.outcome("unknown user", err)
	_, err = amqp.Dial(s.url + "nowhere")
	s.outcome("unknown vhost", err)
	conn, err := amqp.DialConfig(s.url, amqp.Config{SASL: []amqp.Authentication{&amqp.AMQPlainAuth{Username: "guest", Password: "guest"}}})
	s.outcome("AMQPLAIN", err)
	if err == nil {
		s.outcome("close", conn.Close())
	}
	for _, capable := range []bool{true, false} {
		raw := s.raw()
		raw.bytes([]byte(wire.Header))
		raw.want(&wire.ConnectionStart{})
		raw.method(0, &wire.ConnectionStartOk{
			ClientProperties: wire.Table{{Name: "capabilities", Value: wire.Table{{Name: "authentication_failure_close", Value: capable}}}},
			Mechanism:        "PLAIN", Response: "\x00guest\x00wrong", Locale: "en_US",
		})
		if capable {
			raw.refusal()
		} else {
			raw.end()
		}
	}
}

func wrongLimits(s *script, _ string) {
	for _, tune := range []wire.ConnectionTuneOk{
		{ChannelMax: 10, FrameMax: 100}, {ChannelMax: 10, FrameMax: 1 << 20}, {ChannelMax: 10}, {ChannelMax: 3000, FrameMax: 4096}, {FrameMax: 4096},
	} {
		raw := s.raw()
		raw.bytes([]byte(wire.Header))
		raw.want(&wire.ConnectionStart{})
		raw.method(0, &wire.ConnectionStartOk{Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"})
		raw.want(&wire.ConnectionTune{})
		raw.method(0, &tune)
		raw.method(0, &wire.ConnectionOpen{VirtualHost: "/"})
		s.say("%+v", tune)
		raw.gone()
	}
}

func wrongHeader(s *script, _ string) {
	for _, header := range []string{"AMQP\x00\x01\x00\x00", "AMQP\x01\x01\x00\x0a", "GET / HTTP/1.1\r\n\r\n"} {
		raw := s.raw()
		raw.bytes([]byte(header))
		answer := make([]byte, 8)
		n, err := raw.nc.Read(answer)
		s.say("%q: answer %q, error %t", header, answer[:n], err != nil)
	}
}

func outOfTurn(s *script, name string) {
	body := string(wire.AppendContent(nil, 1, &wire.Properties{}, []byte("four"), 4096))
	header := body[7 : 7+14]
	for _, try := range []struct {
		what string
		do   func(r *raw)
	}{
		{"body without a method", func(r *raw) { r.frame(wire.FrameBody, 1, "body") }},
		{"header without a method", func(r *raw) { r.frame(wire.FrameHeader, 1, header) }},
		{"method where a header should be", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.method(1, &wire.BasicPublish{RoutingKey: name})
		}},
		{"body where a header should be", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.frame(wire.FrameBody, 1, "body")
		}},
		{"header of another class", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.frame(wire.FrameHeader, 1, "\x00\x0a"+header[2:])
		}},
		{"method where a body should be", func(r *raw) {
			r.method(1, &wire.BasicPublish{RoutingKey: name})
			r.frame(wire.FrameHeader, 1, header)
			r.method(1, &wire.BasicPublish{RoutingKey: name})
		}},
		{"start-ok a second time", func(r *raw) {
			r.method(0, &wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 4096})
		}},
	} {
		raw := s.raw().login()
		try.do(raw)
		s.say("%s", try.what)
		raw.refusal()
	}
}

func channelsOutOfTurn(s *script, name string) {
	for _, try := range []struct {
		what string
		do   func(r *raw)
	}{
		{"opened twice", func(r *raw) { r.method(1, &wire.ChannelOpen{}) }},
		{"never opened", func(r *raw) { r.method(2, &wire.QueueDeclare{Queue: name}) }},
		{"over the maximum", func(r *raw) { r.method(11, &wire.ChannelOpen{}) }},
		{"a method that clients do not send", func(r *raw) { r.method(1, &wire.BasicConsumeOk{}) }},
	} {
		raw := s.raw().login()
		try.do(raw)
		s.say("%s", try.what)
		raw.refusal()
	}
}

func noFrames(s *script, _ string) {
	for _, bytes := range []string{
		"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x50\xff", // wrong end mark
		"\x01\x00\x01\x00\x01\x00\x00",                     // longer than was agreed
	} {
		raw := s.raw().login()
		raw.bytes([]byte(bytes))
		s.say("%q", bytes)
		raw.refusal()
	}
}

func newSecret(s *script, _ string) {
	conn := s.connect()
	s.outcome("update-secret", conn.UpdateSecret("guest", "rotation"))
	s.outcome("goes on", s.channel(conn).Close())
}
