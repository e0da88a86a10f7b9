package rabbitmq_test

import (
	amqp "github.com/rabbitmq/amqp091-go"
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
	{"dead letter published again", deadPublishedAgain},
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
	{"tickets", tickets},
	{"what RabbitMQ lacks", notImplemented},
	{"internal exchange", internalExchange},
	{"user id", userID},
	{"dead-letter arguments", deadLetterArguments},
	{"strangers", strangers},
	{"direct reply", directReply},
	{"direct reply to nobody", replyToNobody},
	{"direct reply refused", replyRefused},
	{"limits settled wrongly", wrongLimits},
	{"wrong protocol header", wrongHeader},
	{"frames out of turn", outOfTurn},
	{"channels out of turn", channelsOutOfTurn},
	{"bytes that are no frames", noFrames},
	{"new secret", newSecret},
	{"fanout exchange", fanoutRouting},
	{"topic exchange", topicRouting},
	{"headers exchange", headersRouting},
	{"headers exchange with wrong arguments", headersRefused},
	{"exchanges from the start", exchangesFromTheStart},
	{"alternate exchange", alternateExchange},
	{"exchange bound to exchange", exchangeToExchange},
	{"exchange that cannot be bound", exchangeBindRefused},
	{"exchange goes with its bindings", exchangeAutoDelete},
	{"internal exchange behind another", internalAndBound},
	{"queue arguments of wrong types", queueArgumentTypes},
	{"queue arguments of other queues", queueArgumentsOfOthers},
	{"queue arguments changed", queueArgumentsChanged},
	{"time to live of a queue", queueTTL},
	{"time to live of a message", messageTTL},
	{"expired behind the head", expiredBehindTheHead},
	{"no time to live", zeroTTL},
	{"expiration that is no number", wrongExpiration},
	{"queue expires", queueExpires},
	{"length limit", maxLength},
	{"length limit in bytes", maxLengthBytes},
	{"full queue refuses", rejectPublish},
	{"dead letters in a circle", deadLetterChain},
	{"retry with a delay", retryWithDelay},
	{"priorities of messages", priorities},
	{"priorities of consumers", consumerPriority},
	{"single active consumer", singleActive},
	{"transaction of messages", txPublish},
	{"transaction of acknowledgements", txAck},
	{"transactions out of turn", txRefused},
	{"carbon copies", carbonCopies},
	{"carbon copies of dead letters", carbonCopiesDead},
	{"carbon copies that are none", carbonCopiesRefused},
	{"virtual hosts apart", vhostsApart},
	{"strangers to virtual hosts", strangersToVHosts},
	{"permissions of queues", permissionsOfQueues},
	{"permissions of exchanges", permissionsOfExchanges},
}

func serverNamed(s *script, _ string) {
	ch := s.open()
	q, err := ch.QueueDeclare("", false, false, true, false, nil)
	s.outcome("declare", err)
	s.say("%s: %d ready, %d consumers", q.Name, q.Messages, q.Consumers)
	must(s.t, ch.PublishWithContext(background, "", q.Name, false, false, amqp.Publishing{Body: []byte("one")}))
	s.get(ch, "", true) // the empty name is the queue declared last
	_, err = ch.QueueDeclarePassive("", false, false, false, false, nil)
	s.outcome("look at the queue without a name", err)
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
	s.outcome("unknown kind", s.channel(conn).ExchangeDeclare(name, "topik", true, false, false, false, nil))
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
