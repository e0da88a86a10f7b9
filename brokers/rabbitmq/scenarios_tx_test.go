package rabbitmq_test

import (
	amqp "github.com/rabbitmq/amqp091-go"
)

// Scenarios of transactions, and of messages with several routing keys.

func txPublish(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	returns := ch.NotifyReturn(make(chan amqp.Return, 10))
	must(s.t, ch.Tx())
	must(s.t, ch.Tx())
	put := func(key, body string) {
		must(s.t, ch.PublishWithContext(background, "", key, true, false, amqp.Publishing{Body: []byte(body)}))
	}
	put(name, "one")
	put(name+" none", "lost")
	put(name, "two")
	s.count(name)
	s.outcome("commit", ch.TxCommit())
	s.count(name)
	r := receive(s.t, returns)
	s.say("returned %q: %s", r.Body, r.ReplyText)
	put(name, "three")
	s.outcome("rollback", ch.TxRollback())
	s.count(name)
	put(name, "four")
	must(s.t, ch.Close())
	s.count(name)
}

func txAck(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.publish(name, "1", "2", "3", "4")
	must(s.t, ch.Tx())
	must(s.t, ch.Qos(2, 0, false))
	deliveries := s.consume(ch, name, "worker")
	one, two := s.next(deliveries), s.next(deliveries)
	must(s.t, one.Ack(false))
	must(s.t, two.Nack(false, true))
	s.nothing(ch, deliveries) // no room before the commit
	must(s.t, ch.TxRollback())
	s.nothing(ch, deliveries)
	must(s.t, one.Ack(false))
	must(s.t, two.Nack(false, false))
	must(s.t, ch.TxCommit())
	s.next(deliveries)
	s.next(deliveries)
	must(s.t, ch.Ack(0, true))
	must(s.t, ch.Close()) // not committed
	s.count(name)
	ch = s.open()
	s.get(ch, name, true)
	s.get(ch, name, true)
}

func txRefused(s *script, name string) {
	conn := s.connect()
	try := func(what string, do func(ch *amqp.Channel) error) {
		s.outcome(what, do(s.channel(conn)))
	}
	try("commit without", (*amqp.Channel).TxCommit)
	try("rollback without", (*amqp.Channel).TxRollback)
	try("confirm in tx", func(ch *amqp.Channel) error { must(s.t, ch.Tx()); return ch.Confirm(false) })
	try("tx in confirm", func(ch *amqp.Channel) error { must(s.t, ch.Confirm(false)); return ch.Tx() })
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	must(s.t, ch.Tx())
	end := closing(ch)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{}))
	must(s.t, ch.PublishWithContext(background, name+" none", "", false, false, amqp.Publishing{}))
	s.closed("no such exchange", end)
	s.count(name)
	s.publish(name, "one")
	ch = s.channel(conn)
	must(s.t, ch.Tx())
	end = closing(ch)
	d := s.get(ch, name, false)
	must(s.t, d.Ack(false))
	must(s.t, d.Ack(false))
	s.closed("acked twice", end)
	s.count(name)
}

func carbonCopies(s *script, name string) {
	ch := s.open()
	x := s.exchange(ch, name, "direct", nil)
	for _, q := range []string{"to", "cc", "bcc"} {
		s.queue(ch, name+" "+q, nil)
		must(s.t, ch.QueueBind(name+" "+q, q, x, false, nil))
	}
	show := func(q string) {
		d := s.get(ch, name+" "+q, true)
		s.say("  headers %v", d.Headers)
	}
	s.send(ch, x, "to", amqp.Publishing{Body: []byte("m"), Headers: amqp.Table{"CC": []any{"cc", "to", int32(5)}, "BCC": []any{"bcc"}, "mine": "x"}})
	show("to")
	show("cc")
	show("bcc")
	s.send(ch, x, "none", amqp.Publishing{Body: []byte("m"), Headers: amqp.Table{"CC": []any{"none either"}}})
	s.send(ch, "", name+" to", amqp.Publishing{Body: []byte("default"), Headers: amqp.Table{"BCC": []any{name + " cc"}}})
	show("to")
	show("cc")
}

func carbonCopiesDead(s *script, name string) {
	ch := s.open()
	x := s.exchange(ch, name, "direct", nil)
	for _, q := range []string{"to", "cc", "bcc"} {
		s.queue(ch, name+" "+q, nil)
		must(s.t, ch.QueueBind(name+" "+q, q, x, false, nil))
	}
	for _, args := range []amqp.Table{{"x-dead-letter-exchange": x}, {"x-dead-letter-exchange": x, "x-dead-letter-routing-key": "to"}} {
		q := s.queue(ch, name+" refused", args)
		s.send(ch, "", q, amqp.Publishing{Body: []byte("m"), Headers: amqp.Table{"CC": []any{"cc"}, "BCC": []any{"bcc", "to"}}})
		d := s.get(ch, q, false)
		must(s.t, d.Reject(false))
		s.until(ch, name+" to")
		s.drain(ch, name+" cc")
		s.drain(ch, name+" bcc")
		_, err := ch.QueueDelete(q, false, false, false)
		must(s.t, err)
	}
}

func carbonCopiesRefused(s *script, name string) {
	conn := s.connect()
	for _, headers := range []amqp.Table{{"CC": "one"}, {"BCC": int32(5)}, {"BCC": amqp.Table{}}} {
		ch := s.channel(conn)
		end := closing(ch)
		must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{Headers: headers}))
		s.closed("channel", end)
	}
}
