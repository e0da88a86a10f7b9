package rabbitmq_test

import (
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Scenarios of exchanges and how they route.

// exchange declares an exchange that goes with nothing.
func (s *script) exchange(ch *amqp.Channel, name, kind string, args amqp.Table) string {
	s.t.Helper()
	must(s.t, ch.ExchangeDeclare(name, kind, true, false, false, false, args))
	return name
}

// send publishes a message and waits for its confirm. It says if it was returned.
func (s *script) send(ch *amqp.Channel, exchange, key string, p amqp.Publishing) {
	s.t.Helper()
	returns := s.returns[ch]
	if returns == nil {
		must(s.t, ch.Confirm(false))
		returns = ch.NotifyReturn(make(chan amqp.Return, 1))
		s.returns[ch] = returns
	}
	done, err := ch.PublishWithDeferredConfirm(exchange, key, true, false, p)
	must(s.t, err)
	acked := done.Wait()
	select {
	case r := <-returns:
		s.say("%q to %q: returned %s, confirmed %t", key, exchange, r.ReplyText, acked)
	default:
		s.say("%q to %q: confirmed %t", key, exchange, acked)
	}
}

// drain says what is in a queue, and empties it.
func (s *script) drain(ch *amqp.Channel, queue string) {
	s.t.Helper()
	var bodies []string
	for {
		d, ok, err := ch.Get(queue, true)
		must(s.t, err)
		if !ok {
			break
		}
		bodies = append(bodies, string(d.Body))
	}
	s.say("%s holds [%s]", queue, strings.Join(bodies, " "))
}

func fanoutRouting(s *script, name string) {
	ch := s.open()
	x := s.exchange(ch, name, "fanout", nil)
	one, two := s.queue(ch, name+" one", nil), s.queue(ch, name+" two", nil)
	s.send(ch, x, "k", amqp.Publishing{Body: []byte("early")})
	must(s.t, ch.QueueBind(one, "", x, false, nil))
	must(s.t, ch.QueueBind(two, "key", x, false, nil))
	must(s.t, ch.QueueBind(two, "other", x, false, nil))
	for _, key := range []string{"", "key", "none"} {
		s.send(ch, x, key, amqp.Publishing{Body: []byte("m" + key)})
	}
	s.drain(ch, one)
	s.drain(ch, two)
	must(s.t, ch.QueueUnbind(two, "key", x, nil))
	s.send(ch, x, "", amqp.Publishing{Body: []byte("late")})
	s.drain(ch, two)
}

func topicRouting(s *script, name string) {
	ch := s.open()
	x := s.exchange(ch, name, "topic", nil)
	patterns := []string{"a", "a.*", "a.#", "#", "*", "*.*", "#.b", "a.#.b", "*.#", "#.*", "#.#", "#.*.#.*", "", "a.", ".a", "a..b", "a.*.b"}
	for _, p := range patterns {
		q := s.queue(ch, name+" "+p, nil)
		must(s.t, ch.QueueBind(q, p, x, false, nil))
	}
	for _, key := range []string{"", "a", "b", "a.b", "a.c.b", "a..b", "a.", ".a", ".", "a.b.c.b", "*", "#", "A.b"} {
		s.send(ch, x, key, amqp.Publishing{Body: []byte("<" + key + ">")})
	}
	for _, p := range patterns {
		s.drain(ch, name+" "+p)
	}
	must(s.t, ch.QueueUnbind(name+" a.#", "a.#", x, nil))
	s.send(ch, x, "a.b", amqp.Publishing{Body: []byte("after")})
	s.drain(ch, name+" a.#")
	s.drain(ch, name+" a.*")
}

func headersRouting(s *script, name string) {
	ch := s.open()
	x := s.exchange(ch, name, "headers", nil)
	bindings := map[string]amqp.Table{
		"all":          {"x-match": "all", "colour": "red", "size": int32(5)},
		"default":      {"colour": "red", "size": int32(5)},
		"any":          {"x-match": "any", "colour": "red", "size": int32(5)},
		"none":         nil,
		"any of none":  {"x-match": "any"},
		"with x":       {"x-match": "all", "x-colour": "red"},
		"all with x":   {"x-match": "all-with-x", "x-colour": "red"},
		"any with x":   {"x-match": "any-with-x", "x-colour": "red", "size": int32(1)},
		"there":        {"colour": nil},
		"long":         {"size": int64(5)},
		"real":         {"size": float64(5)},
		"text of five": {"size": "5"},
		"truth":        {"colour": true},
	}
	var names []string
	for _, what := range []string{"all", "default", "any", "none", "any of none", "with x", "all with x", "any with x", "there", "long", "real", "text of five", "truth"} {
		q := s.queue(ch, name+" "+what, nil)
		must(s.t, ch.QueueBind(q, "ignored", x, false, bindings[what]))
		names = append(names, q)
	}
	for _, m := range []struct {
		body    string
		headers amqp.Table
	}{
		{"bare", nil},
		{"red", amqp.Table{"colour": "red"}},
		{"red5", amqp.Table{"colour": "red", "size": int32(5), "more": "x"}},
		{"five", amqp.Table{"size": int64(5)}},
		{"byte", amqp.Table{"size": int8(5)}},
		{"float", amqp.Table{"size": float32(5)}},
		{"text", amqp.Table{"size": "5"}},
		{"true", amqp.Table{"colour": true}},
		{"x", amqp.Table{"x-colour": "red"}},
		{"blue", amqp.Table{"colour": "blue", "size": int32(1)}},
	} {
		s.send(ch, x, "key", amqp.Publishing{Body: []byte(m.body), Headers: m.headers})
	}
	for _, q := range names {
		s.drain(ch, q)
	}
}

func headersRefused(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	for _, match := range []any{"some", "", int32(5), true} {
		s.outcome("x-match", s.channel(conn).QueueBind(name, "", "amq.headers", false, amqp.Table{"x-match": match, "a": "b"}))
	}
}

func exchangesFromTheStart(s *script, name string) {
	conn := s.connect()
	for _, x := range []struct {
		name, kind string
		internal   bool
	}{{"amq.direct", "direct", false}, {"amq.fanout", "fanout", false}, {"amq.topic", "topic", false}, {"amq.headers", "headers", false}, {"amq.match", "headers", false}, {"amq.rabbitmq.trace", "topic", true}} {
		s.outcome(x.name, s.channel(conn).ExchangeDeclare(x.name, x.kind, true, false, x.internal, false, nil))
	}
	s.outcome("amq.topic as direct", s.channel(conn).ExchangeDeclare("amq.topic", "direct", true, false, false, false, nil))
	s.outcome("amq.rabbitmq.log", s.channel(conn).ExchangeDeclarePassive("amq.rabbitmq.nothing", "topic", true, false, false, false, nil))
	ch := s.channel(conn)
	s.queue(ch, name, nil)
	must(s.t, ch.QueueBind(name, name+".#", "amq.topic", false, nil))
	must(s.t, ch.QueueBind(name, "", "amq.match", false, amqp.Table{"for": name}))
	s.send(ch, "amq.topic", name+".x", amqp.Publishing{Body: []byte("one")})
	s.send(ch, "amq.match", "", amqp.Publishing{Body: []byte("two"), Headers: amqp.Table{"for": name}})
	s.drain(ch, name)
}

func alternateExchange(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	last := s.exchange(ch, name+" last", "fanout", nil)
	middle := s.exchange(ch, name+" middle", "direct", amqp.Table{"alternate-exchange": last})
	x := s.exchange(ch, name, "topic", amqp.Table{"alternate-exchange": middle})
	for _, q := range []string{"first", "second", "rest"} {
		s.queue(ch, name+" "+q, nil)
	}
	must(s.t, ch.QueueBind(name+" first", "a.*", x, false, nil))
	must(s.t, ch.QueueBind(name+" second", "b", middle, false, nil))
	must(s.t, ch.QueueBind(name+" rest", "", last, false, nil))
	for _, key := range []string{"a.b", "b", "c"} {
		s.send(ch, x, key, amqp.Publishing{Body: []byte(key)})
	}
	for _, q := range []string{"first", "second", "rest"} {
		d := s.get(ch, name+" "+q, true)
		s.say("%s", d.Exchange)
		s.drain(ch, name+" "+q)
	}
	must(s.t, ch.ExchangeDelete(middle, false, false))
	s.send(ch, x, "c", amqp.Publishing{})
	nowhere := s.exchange(ch, name+" nowhere", "direct", amqp.Table{"alternate-exchange": name + " none"})
	s.send(ch, nowhere, "c", amqp.Publishing{})
	self := s.exchange(ch, name+" self", "direct", amqp.Table{"alternate-exchange": name + " self"})
	s.send(ch, self, "c", amqp.Publishing{})
	direct := s.exchange(ch, name+" to default", "fanout", amqp.Table{"alternate-exchange": ""})
	s.send(ch, direct, name+" first", amqp.Publishing{Body: []byte("by name")})
	s.drain(ch, name+" first")
	s.outcome("not a name", s.channel(conn).ExchangeDeclare(name+" wrong", "direct", true, false, false, false, amqp.Table{"alternate-exchange": int32(5)}))
	s.outcome("another", s.channel(conn).ExchangeDeclare(x, "topic", true, false, false, false, amqp.Table{"alternate-exchange": last}))
	s.outcome("none", s.channel(conn).ExchangeDeclare(x, "topic", true, false, false, false, nil))
}

func exchangeToExchange(s *script, name string) {
	ch := s.open()
	in := s.exchange(ch, name+" in", "direct", nil)
	middle := s.exchange(ch, name+" middle", "topic", nil)
	out := s.exchange(ch, name+" out", "fanout", nil)
	one, two := s.queue(ch, name+" one", nil), s.queue(ch, name+" two", nil)
	must(s.t, ch.ExchangeBind(middle, "a.b", in, false, nil))
	must(s.t, ch.ExchangeBind(middle, "a.b", in, false, nil)) // the same one
	must(s.t, ch.ExchangeBind(out, "*.b", middle, false, nil))
	must(s.t, ch.ExchangeBind(in, "", out, false, nil)) // a circle
	must(s.t, ch.ExchangeBind(out, "", out, false, nil))
	must(s.t, ch.QueueBind(one, "#", middle, false, nil))
	must(s.t, ch.QueueBind(two, "", out, false, nil))
	must(s.t, ch.QueueBind(one, "", out, false, nil))
	s.send(ch, in, "a.b", amqp.Publishing{Body: []byte("round")})
	s.send(ch, in, "a.c", amqp.Publishing{Body: []byte("nowhere")})
	s.send(ch, middle, "a.c", amqp.Publishing{Body: []byte("one")})
	s.send(ch, out, "a.b", amqp.Publishing{Body: []byte("back")})
	s.drain(ch, one)
	s.drain(ch, two)
	must(s.t, ch.ExchangeUnbind(out, "*.b", middle, false, nil))
	must(s.t, ch.ExchangeUnbind(out, "*.b", middle, false, nil))
	s.send(ch, in, "a.b", amqp.Publishing{Body: []byte("short")})
	s.drain(ch, one)
	s.drain(ch, two)
	must(s.t, ch.ExchangeDelete(middle, false, false))
	s.send(ch, in, "a.b", amqp.Publishing{Body: []byte("cut")})
}

func exchangeBindRefused(s *script, name string) {
	conn := s.connect()
	s.exchange(s.channel(conn), name, "direct", nil)
	try := func(what, to, from string) {
		s.outcome(what, s.channel(conn).ExchangeBind(to, "k", from, false, nil))
		s.outcome(what+", unbind", s.channel(conn).ExchangeUnbind(to, "k", from, false, nil))
	}
	try("no source", name, name+" none")
	try("no destination", name+" none", name)
	try("neither", name+" none", name+" nothing")
	try("from the default", name, "")
	try("to the default", "", name)
	try("to itself", name, name)
}

func exchangeAutoDelete(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	try := func(what, x string) {
		s.outcome(what, s.channel(conn).ExchangeDeclarePassive(x, "direct", true, false, false, false, nil))
	}
	for _, x := range []string{"queue", "exchange", "target", "deep"} {
		must(s.t, ch.ExchangeDeclare(name+" "+x, "direct", true, true, false, false, nil))
	}
	keep := s.exchange(ch, name+" keep", "direct", nil)
	q := s.queue(ch, name, nil)
	try("never bound", name+" queue")
	must(s.t, ch.QueueBind(q, "a", name+" queue", false, nil))
	must(s.t, ch.QueueBind(q, "b", name+" queue", false, nil))
	must(s.t, ch.QueueUnbind(q, "a", name+" queue", nil))
	try("one binding left", name+" queue")
	must(s.t, ch.QueueUnbind(q, "b", name+" queue", nil))
	try("no binding left", name+" queue")
	must(s.t, ch.ExchangeBind(keep, "k", name+" exchange", false, nil))
	must(s.t, ch.ExchangeDelete(keep, false, false))
	try("destination deleted", name+" exchange")
	must(s.t, ch.ExchangeBind(name+" target", "k", name+" deep", false, nil))
	must(s.t, ch.QueueBind(q, "k", name+" target", false, nil))
	_, err := ch.QueueDelete(q, false, false, false)
	must(s.t, err)
	try("queue deleted", name+" target")
	try("and what was before it", name+" deep")
}

func internalAndBound(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	must(s.t, ch.ExchangeDeclare(name, "fanout", true, false, true, false, nil))
	in := s.exchange(ch, name+" in", "fanout", nil)
	q := s.queue(ch, name, nil)
	must(s.t, ch.ExchangeBind(name, "", in, false, nil))
	must(s.t, ch.QueueBind(q, "", name, false, nil))
	s.send(ch, in, "k", amqp.Publishing{Body: []byte("through")})
	s.drain(ch, q)
	end := closing(ch)
	must(s.t, ch.PublishWithContext(background, name, "k", false, false, amqp.Publishing{}))
	s.closed("channel", end)
	s.outcome("in use", s.channel(conn).ExchangeDelete(name, true, false))
	s.outcome("source in use", s.channel(conn).ExchangeDelete(in, true, false))
	s.outcome("no more bindings", s.channel(conn).QueueUnbind(q, "", name, nil))
	s.outcome("only a destination", s.channel(conn).ExchangeDelete(name, true, false))
}
