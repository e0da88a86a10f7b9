package model

import (
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// rules are what holds for a queue: what its arguments ask for and, of what policies may
// say too, what they do.
type rules struct {
	ttl        time.Duration // of messages; negative: none
	expires    time.Duration // of the queue when nobody uses it; negative: never
	maxLength  int           // ready messages; negative: no limit
	maxBytes   int           // of their bodies; negative: no limit
	overflow   overflow
	priorities int         // the highest priority
	single     bool        // one consumer at a time gets everything
	deadLetter *deadLetter // nil: what the queue gives up is gone
	expiring   bool        // a message with a time to live has been here
}

// noRules hold for a queue that asks for nothing.
var noRules = rules{ttl: -1, expires: -1, maxLength: -1, maxBytes: -1, overflow: dropHead}

// overflow is what a full queue does.
type overflow string

const (
	dropHead         overflow = "drop-head" // gives up the oldest
	rejectPublish    overflow = "reject-publish"
	rejectPublishDLX overflow = "reject-publish-dlx" // and dead-letters what it refuses
)

// maxTimer is the longest time to live that is accepted, in milliseconds: ten years.
const maxTimer = 10 * 365 * 24 * 3600 * 1000

// A queueArgument is an argument of queue.declare that means something: how to read
// it into rules. The error of read is what RabbitMQ says in braces.
type queueArgument struct {
	name string
	read func(p *rules, value any) error
}

// queueArguments are in RabbitMQ's order, which decides which of two mistakes a
// client hears of.
var queueArguments = []queueArgument{
	{"x-expires", func(p *rules, value any) error {
		n, err := timer(value)
		if err == nil && n == 0 {
			err = tuple("value_zero", value)
		}
		p.expires = n
		return err
	}},
	{"x-message-ttl", func(p *rules, value any) (err error) {
		p.ttl, err = timer(value)
		p.expiring = true
		return err
	}},
	{"x-dead-letter-exchange", nil}, // readDeadLetter
	{"x-dead-letter-routing-key", nil},
	{"x-max-length", func(p *rules, value any) (err error) {
		p.maxLength, err = count(value)
		return err
	}},
	{"x-max-length-bytes", func(p *rules, value any) (err error) {
		p.maxBytes, err = count(value)
		return err
	}},
	{"x-max-priority", func(p *rules, value any) (err error) {
		p.priorities, err = count(value)
		if err == nil && p.priorities > 255 {
			err = tuple("max_value_exceeded", value)
		}
		return err
	}},
	{"x-overflow", func(p *rules, value any) error {
		p.overflow = overflow(fmt.Sprint(value))
		return oneOf(value, "invalid_overflow", string(dropHead), string(rejectPublish), string(rejectPublishDLX))
	}},
	{"x-queue-mode", func(_ *rules, value any) error {
		return oneOf(value, fmt.Sprintf("\"unsupported queue mode '%v'\"", value), "default", "lazy")
	}},
	{"x-queue-version", func(_ *rules, value any) error {
		n, err := count(value)
		if err == nil && n != 1 && n != 2 {
			err = argumentError(fmt.Sprintf("\"unsupported queue version '%d'\"", n))
		}
		return err
	}},
	{"x-single-active-consumer", func(p *rules, value any) error {
		var ok bool
		if p.single, ok = value.(bool); !ok {
			return unacceptable(value)
		}
		return nil
	}},
	{"x-queue-type", func(_ *rules, value any) error {
		return oneOf(value, "invalid_queue_type", "classic", "quorum", "stream")
	}},
}

// An argumentError is why an argument is refused, as RabbitMQ's own language has it.
type argumentError string

func (e argumentError) Error() string { return string(e) }

func tuple(what string, value any) error {
	return argumentError(fmt.Sprintf("{%s,%v}", what, value))
}

func unacceptable(value any) error { return tuple("unacceptable_type", typeName(value)) }

// count reads a number that is not negative.
func count(value any) (int, error) {
	n, ok := wholeNumber(value)
	if !ok {
		return 0, argumentError(fmt.Sprintf("\"expected integer, got %s\"", typeName(value)))
	}
	if n < 0 {
		return 0, tuple("value_negative", n)
	}
	return int(n), nil
}

// timer reads a number of milliseconds.
func timer(value any) (time.Duration, error) {
	n, err := count(value)
	if err == nil && n > maxTimer {
		return 0, tuple("value_too_large", n)
	}
	return time.Duration(n) * time.Millisecond, err
}

func oneOf(value any, what string, allowed ...string) error {
	text, ok := value.(string)
	if !ok {
		return unacceptable(value)
	}
	for _, a := range allowed {
		if text == a {
			return nil
		}
	}
	return argumentError(what)
}

// readRules reads what a queue's arguments ask for. Errors: PreconditionFailed,
// NotImplemented.
func (v *VHost) readRules(s *QueueSpec) (rules, error) {
	p := noRules
	what := fmt.Sprintf("queue '%s' in vhost '%s'", s.Name, v.Name)
	for _, argument := range queueArguments {
		value, ok := s.Arguments.Get(argument.name)
		if !ok {
			continue
		}
		if argument.read == nil {
			if err := v.readDeadLetter(&p, s.Arguments, what); err != nil {
				return p, err
			}
			continue
		}
		if err := argument.read(&p, value); err != nil {
			return p, Errorf(PreconditionFailed, "invalid arg '%s' for %s: %v", argument.name, what, err)
		}
	}
	if kind, ok := s.Arguments.Get("x-queue-type"); ok && kind != "classic" {
		return p, Errorf(NotImplemented, "queues of type %v are not part of this miniature", kind)
	}
	for _, name := range otherTypes {
		if _, ok := s.Arguments.Get(name); ok {
			return p, Errorf(PreconditionFailed, "invalid arg '%s' for %s of queue type rabbit_classic_queue", name, what)
		}
	}
	return p, nil
}

// otherTypes are arguments that only queues of other types have.
var otherTypes = []string{
	"x-dead-letter-strategy", "x-delivery-limit", "x-max-in-memory-length", "x-max-in-memory-bytes",
	"x-quorum-initial-group-size", "x-max-age", "x-stream-max-segment-size-bytes", "x-initial-cluster-size",
}

// readDeadLetter reads the two arguments that say where dead letters go.
func (v *VHost) readDeadLetter(p *rules, arguments wire.Table, what string) error {
	exchange, hasExchange := arguments.Get("x-dead-letter-exchange")
	key, hasKey := arguments.Get("x-dead-letter-routing-key")
	letter := deadLetter{rekey: hasKey}
	var ok bool
	if letter.exchange, ok = exchange.(string); hasExchange && !ok {
		return Errorf(PreconditionFailed, "invalid type '%s' for arg 'x-dead-letter-exchange' in %s", typeName(exchange), what)
	}
	if letter.key, ok = key.(string); hasKey && !ok {
		return Errorf(PreconditionFailed, "invalid arg 'x-dead-letter-routing-key' for %s: {unacceptable_type,%s}", what, typeName(key))
	}
	if !hasExchange {
		return Errorf(PreconditionFailed, "invalid arg 'x-dead-letter-routing-key' for %s: routing_key_but_no_dlx_defined", what)
	}
	p.deadLetter = &letter
	return nil
}
