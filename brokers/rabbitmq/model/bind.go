package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// An ExchangeSpec is an exchange as a client asks for it.
type ExchangeSpec struct {
	Name       string
	Kind       string
	Durable    bool
	AutoDelete bool
	Internal   bool
	Arguments  wire.Table
}

// FindExchange returns an exchange: exchange.declare with passive. Errors:
// AccessRefused for the default exchange, NotFound.
func (ch *Channel) FindExchange(name string) (*Exchange, error) {
	if err := notDefault(name); err != nil {
		return nil, err
	}
	return ch.conn.vhost.exchange(name)
}

// DeclareExchange makes an exchange, if it is not there yet. Errors:
// CommandInvalid for a kind that nobody knows, AccessRefused for the default
// exchange and reserved names, PreconditionFailed when the exchange is there and
// different, *brokers.QuotaError.
func (ch *Channel) DeclareExchange(s ExchangeSpec) error {
	v := ch.conn.vhost
	router := newRouter(s.Kind, &v.topicRoom)
	if router == nil {
		return Errorf(CommandInvalid, "unknown exchange type '%s'", s.Kind)
	}
	if err := cmp.Or(notDefault(s.Name), ch.may(configure, "exchange", s.Name)); err != nil {
		return err
	}
	if x, ok := v.exchanges[s.Name]; ok {
		return v.sameExchange(x, &s)
	}
	if strings.HasPrefix(s.Name, "amq.") {
		return Errorf(AccessRefused, "exchange name '%s' contains reserved prefix 'amq.*'", s.Name)
	}
	alternate, err := v.alternateOf(&s)
	if err != nil {
		return err
	}
	if alternate != nil {
		if err := cmp.Or(ch.may(read, "exchange", s.Name), ch.may(write, "exchange", *alternate)); err != nil {
			return err
		}
	}
	if err := cmp.Or(checkSize(s.Arguments), within(len(v.exchanges), v.quota.Exchanges, "exchanges")); err != nil {
		return err
	}
	x := &Exchange{
		Name: s.Name, Kind: s.Kind, Durable: s.Durable, AutoDelete: s.AutoDelete, Internal: s.Internal,
		Arguments: s.Arguments, router: router, bindings: make(map[bindingID]*binding), asked: alternate, used: true,
	}
	v.exchanges[s.Name] = x
	v.governExchange(x)
	ch.record(brokers.Event{Kind: brokers.Declared, Exchange: s.Name, Reason: s.Kind, Detail: v.exchangeDetail(x)})
	return nil
}

// alternateOf reads the argument that names an alternate exchange, which need not
// exist.
func (v *VHost) alternateOf(s *ExchangeSpec) (*string, error) {
	value, ok := s.Arguments.Get("alternate-exchange")
	if !ok {
		return nil, nil
	}
	name, ok := value.(string)
	if !ok {
		return nil, Errorf(PreconditionFailed, "invalid type '%s' for arg 'alternate-exchange' in exchange '%s' in vhost '%s'", typeName(value), s.Name, v.Name)
	}
	return &name, nil
}

func notDefault(exchange string) error {
	if exchange == "" {
		return Errorf(AccessRefused, "operation not permitted on the default exchange")
	}
	return nil
}

// sameExchange refuses a declaration that differs from the exchange that is there.
func (v *VHost) sameExchange(x *Exchange, s *ExchangeSpec) error {
	what := fmt.Sprintf("exchange '%s' in vhost '%s'", x.Name, v.Name)
	if x.Kind != s.Kind {
		return inequivalent("type", what, "'"+s.Kind+"'", "'"+x.Kind+"'")
	}
	for _, f := range []struct {
		name     string
		now, new bool
	}{{"durable", x.Durable, s.Durable}, {"auto_delete", x.AutoDelete, s.AutoDelete}, {"internal", x.Internal, s.Internal}} {
		if f.now != f.new {
			return inequivalent(f.name, what, fmt.Sprintf("'%t'", f.new), fmt.Sprintf("'%t'", f.now))
		}
	}
	return sameArgument("alternate-exchange", what, x.Arguments, s.Arguments)
}

// DeleteExchange deletes an exchange; one that does not exist is no error.
// Errors: AccessRefused, PreconditionFailed when ifUnused and it has bindings.
func (ch *Channel) DeleteExchange(name string, ifUnused bool) error {
	v := ch.conn.vhost
	if err := notDefault(name); err != nil {
		return err
	}
	if strings.HasPrefix(name, "amq.") {
		return Errorf(AccessRefused, "deletion of system exchange '%s' in vhost '%s' not allowed", name, v.Name)
	}
	if err := ch.may(configure, "exchange", name); err != nil {
		return err
	}
	x, ok := v.exchanges[name]
	if !ok {
		return nil
	}
	if ifUnused && len(x.bindings) > 0 {
		return Errorf(PreconditionFailed, "exchange '%s' in vhost '%s' in use", name, v.Name)
	}
	v.deleteExchange(x, func(e brokers.Event) { ch.record(e) })
	return nil
}

// deleteExchange takes an exchange out of the virtual host, with the bindings from
// it and to it.
func (v *VHost) deleteExchange(x *Exchange, record func(brokers.Event)) {
	delete(v.exchanges, x.Name)
	v.bindings -= len(x.bindings)
	for _, b := range x.sorted() {
		x.remove(b)
	}
	record(brokers.Event{Kind: brokers.Deleted, Exchange: x.Name})
	v.forgetBindings(destination{exchange: x})
}

// forgetBindings removes every binding to what is being deleted.
func (v *VHost) forgetBindings(to destination) {
	for _, name := range slices.Sorted(maps.Keys(v.exchanges)) {
		x, ok := v.exchanges[name]
		if !ok {
			continue // went as an auto-delete exchange a moment ago
		}
		if n := x.forget(to); n > 0 {
			v.bindings -= n
			v.autoDelete(x)
		}
	}
}

// autoDelete deletes an exchange that was to go with its last binding.
func (v *VHost) autoDelete(x *Exchange) {
	if x.AutoDelete && len(x.bindings) == 0 && v.exchanges[x.Name] == x {
		v.deleteExchange(x, func(e brokers.Event) {
			e.Reason = "auto-delete"
			v.record(e)
		})
	}
}

// Bind has messages with the routing key go to the queue. With both names empty
// the queue declared last is bound by its own name. Errors: AccessRefused for
// the default exchange, NotFound, ResourceLocked, PreconditionFailed for arguments
// that a headers exchange does not understand, *brokers.QuotaError.
func (ch *Channel) Bind(queue, exchange, key string, arguments wire.Table) error {
	q, x, key, err := ch.bindingEnds(queue, exchange, key)
	if err != nil {
		return err
	}
	return ch.bind(x, destination{queue: q}, key, arguments)
}

// BindExchange has messages that source would give to a queue bound like this go on
// to another exchange. Errors as of Bind.
func (ch *Channel) BindExchange(to, source, key string, arguments wire.Table) error {
	y, x, err := ch.exchangeEnds(to, source)
	if err != nil {
		return err
	}
	return ch.bind(x, destination{exchange: y}, key, arguments)
}

func (ch *Channel) bind(x *Exchange, to destination, key string, arguments wire.Table) error {
	v := ch.conn.vhost
	if err := cmp.Or(checkSize(arguments), within(v.bindings, v.quota.Bindings, "bindings")); err != nil {
		return err
	}
	b, err := x.bind(to, key, arguments)
	if b == nil {
		return err
	}
	v.bindings++
	x.used = true
	if to.exchange != nil {
		to.exchange.used = true
	}
	ch.recordBinding(brokers.Bound, x, b)
	return nil
}

// Unbind undoes Bind; what does not exist, queue and exchange included, is no error. An
// auto-delete exchange goes with its last binding. Errors: AccessRefused for the
// default exchange, ResourceLocked.
func (ch *Channel) Unbind(queue, exchange, key string, arguments wire.Table) error {
	q, x, key, err := ch.bindingEnds(queue, exchange, key)
	if err == nil {
		ch.unbind(x, destination{queue: q}, key, arguments)
	}
	if hasCode(err, NotFound) {
		return nil
	}
	return err
}

// UnbindExchange undoes BindExchange, as Unbind does for queues.
func (ch *Channel) UnbindExchange(to, source, key string, arguments wire.Table) error {
	y, x, err := ch.exchangeEnds(to, source)
	if err == nil {
		ch.unbind(x, destination{exchange: y}, key, arguments)
	}
	if hasCode(err, NotFound) {
		return nil
	}
	return err
}

func (ch *Channel) unbind(x *Exchange, to destination, key string, arguments wire.Table) {
	v := ch.conn.vhost
	if b := x.unbind(to, key, arguments); b != nil {
		v.bindings--
		ch.recordBinding(brokers.Unbound, x, b)
		v.autoDelete(x)
	}
}

// recordBinding notes a binding that has come or gone. The place is where it leads;
// the reason tells an exchange from a queue, and the arguments in the detail one
// binding from another with the same key.
func (ch *Channel) recordBinding(kind brokers.Kind, x *Exchange, b *binding) {
	e := brokers.Event{Kind: kind, Place: b.to.name(), Exchange: x.Name, Key: b.key}
	e.Detail = map[string]any{"label": b.label(), "arguments": b.argumentsID()}
	if b.to.exchange != nil {
		e.Reason = "exchange"
	}
	ch.record(e)
}

func (ch *Channel) bindingEnds(queue, exchange, key string) (*Queue, *Exchange, string, error) {
	if queue == "" && key == "" {
		key = ch.lastQueue
	}
	if err := cmp.Or(notDefault(exchange), ch.mayUse(write, queue), ch.may(read, "exchange", exchange)); err != nil {
		return nil, nil, "", err
	}
	x, err := ch.conn.vhost.exchange(exchange)
	if err != nil {
		return nil, nil, "", err
	}
	q, err := ch.queue(queue)
	return q, x, key, err
}

func (ch *Channel) exchangeEnds(to, source string) (y, x *Exchange, err error) {
	v := ch.conn.vhost
	if err := cmp.Or(notDefault(to), notDefault(source), ch.may(write, "exchange", to), ch.may(read, "exchange", source)); err != nil {
		return nil, nil, err
	}
	if x, err = v.exchange(source); err != nil {
		return nil, nil, err
	}
	y, err = v.exchange(to)
	return y, x, err
}
