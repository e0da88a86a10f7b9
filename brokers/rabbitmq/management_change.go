package rabbitmq

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// What a user changes over HTTP. It takes the permissions that it would over AMQP.

// channel is one for the user of the request.
func (r *request) channel() *model.Channel {
	if r.node {
		return r.vhost().Setup()
	}
	return r.vhost().As(r.user.Name)
}

// done is the answer to what made something, or found it made already.
func done(new bool) (int, any) {
	if new {
		return http.StatusCreated, nil
	}
	return http.StatusNoContent, nil
}

func refuse(err error) (int, any) { return http.StatusBadRequest, problem("bad_request", err.Error()) }

// closeConnection ends a connection as an administrator does.
func (r *request) closeConnection() (int, any) {
	why := "Closed via management plugin"
	if reason := strings.TrimSpace(r.Header.Get("X-Reason")); reason != "" {
		why = reason[:min(len(reason), 100)]
	}
	c := r.connection()
	if c == nil {
		return http.StatusNotFound, notFound
	}
	c.forceOut(why)
	_ = c.nc.SetReadDeadline(time.Now().Add(goodbyeTime))
	return done(false)
}

// declaration reads what queues and exchanges have in common.
func (f form) declaration() (durable, autoDelete, internal bool, arguments wire.Table, err error) {
	var errs [4]error
	durable, errs[0] = f.truth("durable", false)
	autoDelete, errs[1] = f.truth("auto_delete", false)
	internal, errs[2] = f.truth("internal", false)
	var given map[string]any
	if given, errs[3] = f.object("arguments"); errs[3] == nil {
		arguments, errs[3] = tableOf("arguments", given)
	}
	return durable, autoDelete, internal, arguments, errors.Join(errs[:]...)
}

func (r *request) putExchange() (int, any) {
	f, bad := r.read()
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	durable, autoDelete, internal, arguments, err := f.declaration()
	if err != nil {
		return refuse(err)
	}
	kind := f.text("type")
	if kind == "" {
		kind = "direct"
	}
	before := r.exchange()
	if err := r.channel().DeclareExchange(model.ExchangeSpec{
		Name: exchangeName(r.PathValue("name")), Kind: kind, Durable: durable, AutoDelete: autoDelete, Internal: internal, Arguments: arguments,
	}); err != nil {
		return r.refusalOf(err)
	}
	return done(before == nil)
}

func (r *request) deleteExchange() (int, any) {
	if r.exchange() == nil {
		return http.StatusNotFound, notFound
	}
	if err := r.channel().DeleteExchange(exchangeName(r.PathValue("name")), r.URL.Query().Get("if-unused") == "true"); err != nil {
		return r.refusalOf(err)
	}
	return done(false)
}

func (r *request) putQueue() (int, any) {
	f, bad := r.read()
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	durable, autoDelete, _, arguments, err := f.declaration()
	if err != nil {
		return refuse(err)
	}
	before := r.queue()
	if _, err := r.channel().DeclareQueue(model.QueueSpec{Name: r.PathValue("name"), Durable: durable, AutoDelete: autoDelete, Arguments: arguments}); err != nil {
		return r.refusalOf(err)
	}
	return done(before == nil)
}

func (r *request) deleteQueue() (int, any) {
	if r.queue() == nil {
		return http.StatusNotFound, notFound
	}
	q := r.URL.Query()
	if _, err := r.channel().DeleteQueue(r.PathValue("name"), q.Get("if-unused") == "true", q.Get("if-empty") == "true"); err != nil {
		return r.refusalOf(err)
	}
	return done(false)
}

func (r *request) purge() (int, any) {
	if r.queue() == nil {
		return http.StatusNotFound, notFound
	}
	if _, err := r.channel().Purge(r.PathValue("name")); err != nil {
		return r.refusalOf(err)
	}
	return done(false)
}

func (r *request) bind() (int, any) {
	f, bad := r.read()
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	given, err := f.object("arguments")
	if err != nil {
		return refuse(err)
	}
	arguments, err := tableOf("arguments", given)
	if err != nil {
		return refuse(err)
	}
	key := f.text("routing_key")
	if err := r.tie(r.channel().Bind, r.channel().BindExchange)(r.PathValue("destination"), exchangeName(r.PathValue("source")), key, arguments); err != nil {
		return r.refusalOf(err)
	}
	return http.StatusCreated, nil
}

// tie chooses between what is for queues and what is for exchanges.
func (r *request) tie(queue, exchange func(to, source, key string, arguments wire.Table) error) func(to, source, key string, arguments wire.Table) error {
	if r.PathValue("kind") == "e" {
		return exchange
	}
	return queue
}

func (r *request) unbind() (int, any) {
	for _, b := range r.vhost().Bindings() {
		if !r.between(b) || !sameKey(r.PathValue("key"), bindingKey(b)) {
			continue
		}
		ch := r.channel()
		if err := r.tie(ch.Unbind, ch.UnbindExchange)(b.Destination, b.Source, b.Key, b.Arguments); err != nil {
			return r.refusalOf(err)
		}
		return done(false)
	}
	return http.StatusNotFound, notFound
}

// sameKey compares a binding's name with one that may have been decoded once.
func sameKey(asked, key string) bool {
	decoded, err := url.QueryUnescape(key)
	return asked == key || err == nil && asked == decoded
}
