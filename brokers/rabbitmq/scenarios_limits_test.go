package rabbitmq_test

import (
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Scenarios of queues that have limits: of time, of length, of attention.

// until waits for a message in a queue, and says it with its history.
func (s *script) until(ch *amqp.Channel, queue string) amqp.Delivery {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		d, ok, err := ch.Get(queue, true)
		must(s.t, err)
		if ok {
			s.say("%q came to %s: exchange=%q key=%q expiration=%q redelivered=%t", d.Body, queue, d.Exchange, d.RoutingKey, d.Expiration, d.Redelivered)
			s.death(d)
			return d
		}
	}
	s.t.Fatalf("nothing came to %s", queue)
	return amqp.Delivery{}
}

// wrongArguments says what each of these arguments is answered with.
func (s *script) wrongArguments(name string, tables ...amqp.Table) {
	conn := s.connect()
	for i, args := range tables {
		_, err := s.channel(conn).QueueDeclare(fmt.Sprint(name, i), true, false, false, false, args)
		s.outcome("declare", err)
	}
}

func queueArgumentTypes(s *script, name string) {
	s.wrongArguments(name,
		amqp.Table{"x-message-ttl": "5"}, amqp.Table{"x-message-ttl": int32(-1)}, amqp.Table{"x-message-ttl": true},
		amqp.Table{"x-expires": int32(0)}, amqp.Table{"x-expires": int32(-5)}, amqp.Table{"x-expires": "never"}, amqp.Table{"x-expires": float64(5)},
		amqp.Table{"x-max-length": int32(-1)}, amqp.Table{"x-max-length": "many"}, amqp.Table{"x-max-length-bytes": int32(-2)},
		amqp.Table{"x-max-priority": int32(256)}, amqp.Table{"x-max-priority": int32(-1)}, amqp.Table{"x-max-priority": "high"},
		amqp.Table{"x-overflow": "spill"}, amqp.Table{"x-overflow": int32(5)},
		amqp.Table{"x-single-active-consumer": "yes"}, amqp.Table{"x-queue-mode": "busy"}, amqp.Table{"x-queue-mode": int32(1)},
		amqp.Table{"x-queue-version": int32(3)}, amqp.Table{"x-queue-version": "two"}, amqp.Table{"x-queue-type": int32(1)},
		amqp.Table{"x-message-ttl": int64(1) << 33}, amqp.Table{"x-expires": int64(1) << 33},
		amqp.Table{"x-message-ttl": int64(1) << 39}, amqp.Table{"x-expires": int64(1) << 39},
		amqp.Table{"x-expires": int32(0), "x-message-ttl": int32(-1)},
	)
}

func queueArgumentsOfOthers(s *script, name string) {
	s.wrongArguments(name,
		amqp.Table{"x-delivery-limit": int32(5)}, amqp.Table{"x-max-in-memory-length": int32(5)}, amqp.Table{"x-max-age": "1h"},
		amqp.Table{"x-quorum-initial-group-size": int32(3)}, amqp.Table{"x-dead-letter-strategy": "at-least-once"},
	)
}

func queueArgumentsChanged(s *script, name string) {
	conn := s.connect()
	args := amqp.Table{"x-message-ttl": int32(60000), "x-max-length": int32(5), "x-overflow": "reject-publish", "x-max-priority": int32(4)}
	s.queue(s.channel(conn), name, args)
	try := func(what string, change amqp.Table) {
		all := amqp.Table{}
		for k, v := range args {
			all[k] = v
		}
		for k, v := range change {
			all[k] = v
			if v == nil {
				delete(all, k)
			}
		}
		_, err := s.channel(conn).QueueDeclare(name, true, false, false, false, all)
		s.outcome(what, err)
	}
	try("same", nil)
	try("the same number in more bytes", amqp.Table{"x-message-ttl": int64(60000)})
	try("other time", amqp.Table{"x-message-ttl": int32(5)})
	try("no time", amqp.Table{"x-message-ttl": nil})
	try("other length", amqp.Table{"x-max-length": int32(6)})
	try("other overflow", amqp.Table{"x-overflow": "drop-head"})
	try("other priority", amqp.Table{"x-max-priority": int32(5)})
	try("expires", amqp.Table{"x-expires": int32(60000)})
}

func queueTTL(s *script, name string) {
	ch := s.open()
	s.queue(ch, name+" dead", nil)
	s.queue(ch, name, amqp.Table{"x-message-ttl": int32(50), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	s.publish(name, "one", "two")
	s.until(ch, name+" dead")
	s.until(ch, name+" dead")
	s.count(name)
}

func messageTTL(s *script, name string) {
	ch := s.open()
	s.queue(ch, name+" dead", nil)
	s.queue(ch, name, amqp.Table{"x-message-ttl": int32(60000), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	s.send(ch, "", name, amqp.Publishing{Body: []byte("short"), Expiration: "20"})
	s.until(ch, name+" dead")
	s.within(1500*time.Millisecond, func(life time.Duration) {
		s.send(ch, "", name, amqp.Publishing{Body: []byte("head"), Expiration: fmt.Sprint(life.Milliseconds())})
		s.send(ch, "", name, amqp.Publishing{Body: []byte("behind"), Expiration: "20"})
		time.Sleep(150 * time.Millisecond)
		s.count(name) // what has expired waits behind what has not
	}, func() {
		s.until(ch, name+" dead")
		s.until(ch, name+" dead")
		s.count(name)
	})
}

// within does what has to be done before a time has passed, and then the rest. When the
// machine was too slow for that, so that it tells nothing, it is all forgotten and done
// anew with twice the time; the transcript has the time that it was to have.
func (s *script) within(first time.Duration, do func(life time.Duration), then func()) {
	s.t.Helper()
	said := len(s.lines)
	for life := first; life < patience; life *= 2 {
		began := time.Now()
		do(life)
		slow := time.Since(began) >= life
		then()
		for i, line := range s.lines[said:] {
			s.lines[said+i] = strings.ReplaceAll(line, fmt.Sprint(":", life.Milliseconds(), " "), fmt.Sprint(":", first.Milliseconds(), " "))
		}
		if !slow {
			return
		}
		s.lines = s.lines[:said]
	}
	s.t.Fatalf("this machine does in no time what has to be done in %s", first)
}

func expiredBehindTheHead(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	s.send(ch, "", name, amqp.Publishing{Body: []byte("head")})
	s.send(ch, "", name, amqp.Publishing{Body: []byte("behind"), Expiration: "20"})
	s.send(ch, "", name, amqp.Publishing{Body: []byte("last")})
	time.Sleep(100 * time.Millisecond)
	s.count(name)
	must(s.t, s.get(ch, name, false).Nack(false, true))
	s.count(name)
	s.get(ch, name, true)
	s.get(ch, name, true)
	s.get(ch, name, true)
}

func zeroTTL(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-message-ttl": int32(0)})
	s.send(ch, "", name, amqp.Publishing{Body: []byte("nobody")})
	s.get(ch, name, true)
	deliveries := s.consume(ch, name, "c")
	s.send(ch, "", name, amqp.Publishing{Body: []byte("somebody")})
	d := s.next(deliveries)
	must(s.t, d.Nack(false, true))
	s.nothing(ch, deliveries)
	s.count(name)
}

func wrongExpiration(s *script, name string) {
	conn := s.connect()
	s.queue(s.channel(conn), name, nil)
	for _, expiration := range []string{"soon", "5s", "-1", " 5", "5 ", "1.5", "-", "315360000001"} {
		ch := s.channel(conn)
		end := closing(ch)
		must(s.t, ch.PublishWithContext(background, "", name, false, false, amqp.Publishing{Expiration: expiration}))
		s.closed(expiration, end)
	}
	ch := s.channel(conn)
	s.send(ch, "", name, amqp.Publishing{Body: []byte("plus"), Expiration: "+60000"})
	s.get(ch, name, true)
	s.send(ch, "", name, amqp.Publishing{Body: []byte("long"), Expiration: "99999999999"})
	s.get(ch, name, true)
}

func queueExpires(s *script, name string) {
	for life := time.Second; !s.expires(name, life); life *= 2 { // as long as this machine needs
		if life > patience {
			s.t.Fatalf("this machine uses no queue every %s", life/3)
		}
	}
}

// expires uses a queue three times in its life, and again, and then no more. It reports
// whether the machine was quick enough for that; otherwise it is all forgotten.
func (s *script) expires(name string, life time.Duration) bool {
	ch := s.open()
	used := time.Now()
	s.queue(ch, name, amqp.Table{"x-expires": life.Milliseconds()})
	s.publish(name, "one")
	use := func(how func() error) (inTime bool) { // from before the last use until after this one
		began := time.Now()
		err := how()
		if inTime = time.Since(used) < life; inTime {
			must(s.t, err)
		}
		used = began
		return inTime
	}
	passive := func() error {
		_, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
		return err
	}
	for range 4 { // each use begins the time anew
		if time.Sleep(life * 35 / 100); !use(passive) {
			return s.forget(name)
		}
	}
	if !use(func() error { _, err := ch.Consume(name, "c", false, false, false, false, nil); return err }) {
		return s.forget(name)
	}
	time.Sleep(life * 12 / 10)
	s.count(name)
	must(s.t, ch.Close())
	last := s.open()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); { // looked at seldom, since a look is a use
		time.Sleep(3 * life)
		if _, err := last.QueueDeclarePassive(name, true, false, false, false, nil); err != nil {
			break
		}
	}
	s.count(name)
	return true
}

// forget deletes a queue that may be there.
func (s *script) forget(name string) bool {
	_, err := s.open().QueueDelete(name, false, false, false)
	must(s.t, err)
	return false
}

func maxLength(s *script, name string) {
	ch := s.open()
	s.queue(ch, name+" dead", nil)
	s.queue(ch, name, amqp.Table{"x-max-length": int32(2), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	s.publish(name, "1", "2", "3", "4")
	s.until(ch, name+" dead")
	s.until(ch, name+" dead")
	d := s.get(ch, name, false) // unacknowledged ones do not count
	s.publish(name, "5")
	s.count(name)
	must(s.t, d.Nack(false, true)) // and when it comes back, it is the oldest
	s.until(ch, name+" dead")
	s.drain(ch, name)
}

func maxLengthBytes(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-max-length-bytes": int32(10)})
	s.publish(name, "1234", "567", "890")
	s.count(name)
	s.publish(name, "a")
	s.drain(ch, name)
	s.publish(name, "longer than ten")
	s.count(name)
	s.queue(ch, name+" zero", amqp.Table{"x-max-length": int32(0)})
	s.publish(name+" zero", "one")
	s.count(name + " zero")
	deliveries := s.consume(ch, name+" zero", "c")
	s.publish(name+" zero", "two")
	s.next(deliveries)
}

func rejectPublish(s *script, name string) {
	ch := s.open()
	s.exchange(ch, name, "fanout", nil)
	s.queue(ch, name+" dead", nil)
	s.queue(ch, name+" open", nil)
	s.queue(ch, name+" plain", amqp.Table{"x-max-length": int32(1), "x-overflow": "reject-publish", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	s.queue(ch, name+" dlx", amqp.Table{"x-max-length": int32(1), "x-overflow": "reject-publish-dlx", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " dead"})
	for _, body := range []string{"1", "2"} {
		s.send(ch, "", name+" plain", amqp.Publishing{Body: []byte(body)})
	}
	s.drain(ch, name+" plain")
	s.drain(ch, name+" dead")
	for _, body := range []string{"1", "2"} {
		s.send(ch, "", name+" dlx", amqp.Publishing{Body: []byte(body)})
	}
	s.until(ch, name+" dead")
	must(s.t, ch.QueueBind(name+" open", "", name, false, nil))
	must(s.t, ch.QueueBind(name+" dlx", "", name, false, nil))
	s.send(ch, name, "k", amqp.Publishing{Body: []byte("both")})
	s.drain(ch, name+" open")
	s.drain(ch, name+" dlx")
	s.until(ch, name+" dead")
}

func deadLetterChain(s *script, name string) {
	ch := s.open()
	for i, next := range []string{" b", " c", ""} {
		from := []string{"", " b", " c"}[i]
		s.queue(ch, name+from, amqp.Table{"x-message-ttl": int32(30), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + next})
	}
	s.send(ch, "", name, amqp.Publishing{Body: []byte("round"), Expiration: "10", Headers: amqp.Table{"mine": "kept"}})
	// It would come back to the first queue: a circle that nobody takes part in.
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		held := 0
		for _, from := range []string{"", " b", " c"} {
			q, err := ch.QueueDeclarePassive(name+from, true, false, false, false, nil)
			must(s.t, err)
			held += q.Messages
		}
		if held == 0 {
			s.say("the circle has ended")
			return
		}
	}
	s.say("it goes round and round")
}

func retryWithDelay(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + " wait"})
	s.queue(ch, name+" wait", amqp.Table{"x-message-ttl": int32(20), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name})
	s.publish(name, "job")
	deliveries := s.consume(ch, name, "worker")
	for range 3 {
		d := s.next(deliveries)
		s.death(d)
		must(s.t, d.Nack(false, false))
	}
	d := s.next(deliveries)
	s.death(d)
	must(s.t, d.Ack(false))
}

func priorities(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, amqp.Table{"x-max-priority": int32(5)})
	for _, m := range []struct {
		body     string
		priority uint8
	}{{"none", 0}, {"low", 1}, {"high", 5}, {"higher", 9}, {"low too", 1}, {"mid", 3}} {
		s.send(ch, "", name, amqp.Publishing{Body: []byte(m.body), Priority: m.priority})
	}
	d := s.get(ch, name, false)
	s.send(ch, "", name, amqp.Publishing{Body: []byte("late"), Priority: 5})
	must(s.t, d.Nack(false, true))
	s.drain(ch, name)
	s.queue(ch, name+" short", amqp.Table{"x-max-priority": int32(5), "x-max-length": int32(2)})
	for priority := range uint8(4) {
		s.send(ch, "", name+" short", amqp.Publishing{Body: []byte{'0' + priority}, Priority: priority})
	}
	s.drain(ch, name+" short")
}

func consumerPriority(s *script, name string) {
	ch := s.open()
	s.queue(ch, name, nil)
	must(s.t, ch.Qos(2, 0, false))
	low, err := ch.Consume(name, "low", false, false, false, false, amqp.Table{"x-priority": int32(-1)})
	must(s.t, err)
	plain := s.consume(ch, name, "plain")
	high, err := ch.Consume(name, "high", false, false, false, false, amqp.Table{"x-priority": int64(10)})
	must(s.t, err)
	s.publish(name, "1", "2", "3", "4", "5", "6")
	for _, from := range []<-chan amqp.Delivery{high, high, plain, plain, low, low} {
		d := receive(s.t, from)
		s.say("%s got %q", d.ConsumerTag, d.Body)
	}
	_, err = s.open().Consume(name, "", false, false, false, false, amqp.Table{"x-priority": "high"})
	s.outcome("priority in words", err)
}

func singleActive(s *script, name string) {
	conn := s.connect()
	ch := s.channel(conn)
	s.queue(ch, name, amqp.Table{"x-single-active-consumer": true})
	first, second := s.consume(ch, name, "first"), s.consume(ch, name, "second")
	third := s.consume(ch, name, "third")
	s.publish(name, "1", "2")
	s.next(first)
	s.next(first)
	must(s.t, ch.Cancel("first", false))
	s.publish(name, "3")
	s.next(second)
	must(s.t, ch.Cancel("second", false))
	s.publish(name, "4")
	s.next(third)
	_, err := s.channel(conn).Consume(name, "", false, true, false, false, nil)
	s.outcome("exclusive", err)
}
