package rabbitmq_test

import amqp "github.com/rabbitmq/amqp091-go"

const replyTo = "amq.rabbitmq.reply-to"

// askFor publishes a question to a queue, and returns the address that the answerer is
// given.
func askFor(s *script, ch *amqp.Channel, queue, question string) (address string) {
	s.t.Helper()
	must(s.t, ch.PublishWithContext(background, "", queue, false, false, amqp.Publishing{
		ReplyTo: replyTo, CorrelationId: question, Body: []byte(question),
	}))
	must(s.t, ch.Flow(true))
	d := s.get(s.open(), queue, true)
	s.say("reply to %s, correlation %s", d.ReplyTo, d.CorrelationId)
	return d.ReplyTo
}

func directReply(s *script, name string) {
	asker, answerer := s.open(), s.open()
	s.queue(asker, name, nil)
	replies, err := asker.Consume(replyTo, "replies", true, false, false, false, nil)
	must(s.t, err)
	first := askFor(s, asker, name, "one")
	second := askFor(s, asker, name, "two")
	s.say("same address: %t", first == second)
	must(s.t, answerer.Confirm(false))
	returns := answerer.NotifyReturn(make(chan amqp.Return, 1))
	for i, mandatory := range []bool{false, true} {
		done, err := answerer.PublishWithDeferredConfirm("", first, mandatory, false, amqp.Publishing{CorrelationId: "one", Body: []byte{'a' + byte(i)}})
		must(s.t, err)
		s.say("confirmed: %t", done.Wait())
		d := s.next(replies)
		s.say("correlation %s", d.CorrelationId)
	}
	r := receive(s.t, returns)
	s.say("returned %q: %d %s", r.Body, r.ReplyCode, r.ReplyText)
	s.nothing(asker, replies)
}

func replyToNobody(s *script, name string) {
	asker := s.open()
	s.queue(asker, name, nil)
	replies, err := asker.Consume(replyTo, "", true, false, false, false, nil)
	must(s.t, err)
	address := askFor(s, asker, name, "one")
	q, err := s.open().QueueDeclarePassive(address, false, false, false, false, nil)
	s.outcome("look while somebody waits", err)
	s.say("%d messages, %d consumers", q.Messages, q.Consumers)
	other := s.open()
	_, err = other.QueuePurge(address, false)
	s.outcome("purge", err)
	must(s.t, asker.Close())
	for range replies {
		s.say("unexpected reply")
	}
	answerer := s.open()
	must(s.t, answerer.Confirm(false))
	returns := answerer.NotifyReturn(make(chan amqp.Return, 1))
	done, err := answerer.PublishWithDeferredConfirm("", address, true, false, amqp.Publishing{Body: []byte("late")})
	must(s.t, err)
	s.say("confirmed: %t", done.Wait())
	r := receive(s.t, returns)
	s.say("returned %q: %d %s", r.Body, r.ReplyCode, r.ReplyText)
	_, err = s.open().QueueDeclarePassive(address, false, false, false, false, nil)
	s.outcome("look when nobody does", err)
}

func replyRefused(s *script, name string) {
	ch := s.open()
	_, err := ch.Consume(replyTo, "", false, false, false, false, nil)
	s.outcome("with acknowledgements", err)
	ch = s.open()
	_, err = ch.Consume(replyTo, "one", true, false, false, false, nil)
	s.outcome("first", err)
	_, err = ch.Consume(replyTo, "two", true, false, false, false, nil)
	s.outcome("second", err)
	ch = s.open()
	_, err = ch.Consume(replyTo, "one", true, false, false, false, nil)
	must(s.t, err)
	must(s.t, ch.Cancel("one", false))
	_, err = ch.Consume(replyTo, "two", true, false, false, false, nil)
	s.outcome("again after the first has ended", err)
	_, err = ch.Consume(replyTo, "two", true, false, false, false, nil)
	s.outcome("with the same tag", err)
	ch = s.open()
	end := closing(ch)
	must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{ReplyTo: replyTo}))
	s.closed("asked without a consumer", end)
	_, _, err = s.open().Get(replyTo, true)
	s.outcome("get", err)
	q, err := s.open().QueueDeclarePassive(replyTo, false, false, false, false, nil)
	s.outcome("look", err)
	s.say("%s: %d messages, %d consumers", q.Name, q.Messages, q.Consumers)
	q, err = s.open().QueueDeclare(replyTo, true, false, false, false, nil)
	s.outcome("declare the name", err)
	s.say("%s: %d messages, %d consumers", q.Name, q.Messages, q.Consumers)
	_, err = s.open().QueueDeclare(replyTo+".made-up", false, false, false, false, nil)
	s.outcome("declare", err)
}
