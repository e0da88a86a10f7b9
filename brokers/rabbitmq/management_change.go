package rabbitmq

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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

// publish answers whether the message has reached a queue.
func (r *request) publish() (int, any) {
	f, bad := r.read("routing_key", "properties", "payload", "payload_encoding")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	body := []byte(f.text("payload"))
	switch f.text("payload_encoding") {
	case "string":
	case "base64":
		var err error
		if body, err = base64.StdEncoding.DecodeString(string(body)); err != nil {
			return refuse(fmt.Errorf("payload: %w", err))
		}
	default:
		return refuse(fmt.Errorf("unsupported encoding %q", f.text("payload_encoding")))
	}
	given, err := f.object("properties")
	if err != nil {
		return refuse(err)
	}
	properties, err := propertiesOf(given)
	if err != nil {
		return refuse(err)
	}
	receipt, err := r.channel().Publish(model.Publishing{
		Exchange: exchangeName(r.PathValue("name")), Key: f.text("routing_key"), Mandatory: true, Properties: properties, Body: body,
	})
	if err != nil {
		r.refused = refusal(err)
		return http.StatusBadRequest, problem("bad_request", fmt.Sprintf("%d %v", r.refused.Code, r.refused))
	}
	if receipt.Refused {
		return http.StatusBadRequest, problem("bad_request", "rejected Unable to publish message. Check queue limits.")
	}
	return http.StatusOK, object{"routed": !receipt.Returned}
}

// maxGet bounds what one request may get, in messages.
const maxGet = 10_000

// get takes messages and, in two of the modes, puts them back.
func (r *request) get() (int, any) {
	f, bad := r.read("count", "ackmode", "encoding")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	count, err := f.number("count")
	if err != nil {
		return refuse(err)
	}
	if err := f.oneOf("ackmode", "ack_requeue_true", "ack_requeue_false", "reject_requeue_true", "reject_requeue_false"); err != nil {
		return refuse(err)
	}
	if err := f.oneOf("encoding", "auto", "base64"); err != nil {
		return refuse(err)
	}
	mode, requeue := f.text("ackmode"), strings.HasSuffix(f.text("ackmode"), "true")
	ch, list := r.channel(), []object{}
	var tags []uint64
	for len(list) < min(count, maxGet) {
		d, left, ok, err := ch.Get(r.PathValue("name"), mode == "ack_requeue_false")
		if err != nil {
			return r.refusalOfGet(err)
		}
		if !ok {
			break
		}
		list = append(list, got(d, left, f.text("encoding")))
		tags = append(tags, d.Tag)
	}
	if mode != "ack_requeue_false" {
		for _, tag := range tags {
			_ = ch.Reject(tag, requeue) // it is there: we hold it
		}
	}
	return http.StatusOK, list
}

// refusalOfGet says more than refusalOf does, as RabbitMQ happens to.
func (r *request) refusalOfGet(err error) (int, any) {
	r.refused = refusal(err)
	switch e := r.refused; e.Code {
	case model.NotFound:
		return http.StatusNotFound, problem("not_found", e.Error())
	case model.AccessRefused:
		return http.StatusUnauthorized, problem("not_authorised", e.Error())
	}
	return r.refusalOf(err)
}

func (f form) oneOf(key string, allowed ...string) error {
	if !slices.Contains(allowed, f.text(key)) {
		return fmt.Errorf("%s is %v, want one of %s", key, f[key], strings.Join(allowed, ", "))
	}
	return nil
}

func got(d model.Delivery, left int, encoding string) object {
	o := object{
		"payload_bytes": len(d.Body), "redelivered": d.Redelivered, "exchange": d.Exchange, "routing_key": d.Key, "message_count": left,
		"properties": propertiesObject(&d.Properties), "payload": string(d.Body), "payload_encoding": "string",
	}
	if encoding == "base64" || !utf8.Valid(d.Body) {
		o["payload"], o["payload_encoding"] = base64.StdEncoding.EncodeToString(d.Body), "base64"
	}
	return o
}

// properties are those of a message that are text, by their names in JSON.
var textProperties = map[string]struct {
	has   wire.Property
	value func(*wire.Properties) *string
}{
	"content_type":     {wire.HasContentType, func(p *wire.Properties) *string { return &p.ContentType }},
	"content_encoding": {wire.HasContentEncoding, func(p *wire.Properties) *string { return &p.ContentEncoding }},
	"correlation_id":   {wire.HasCorrelationID, func(p *wire.Properties) *string { return &p.CorrelationID }},
	"reply_to":         {wire.HasReplyTo, func(p *wire.Properties) *string { return &p.ReplyTo }},
	"expiration":       {wire.HasExpiration, func(p *wire.Properties) *string { return &p.Expiration }},
	"message_id":       {wire.HasMessageID, func(p *wire.Properties) *string { return &p.MessageID }},
	"type":             {wire.HasType, func(p *wire.Properties) *string { return &p.Type }},
	"user_id":          {wire.HasUserID, func(p *wire.Properties) *string { return &p.UserID }},
	"app_id":           {wire.HasAppID, func(p *wire.Properties) *string { return &p.AppID }},
	"cluster_id":       {wire.HasClusterID, func(p *wire.Properties) *string { return &p.ClusterID }},
}

// propertiesOf reads properties as JSON has them.
func propertiesOf(given map[string]any) (p wire.Properties, err error) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if t, ok := textProperties[name]; ok {
			text, ok := given[name].(string)
			if !ok || len(text) > 255 {
				return p, fmt.Errorf("property %s is %v, want at most 255 bytes of text", name, given[name])
			}
			p.Has |= t.has
			*t.value(&p) = text
			continue
		}
		if err := otherProperty(&p, name, given); err != nil {
			return p, err
		}
	}
	return p, nil
}

func otherProperty(p *wire.Properties, name string, given form) error {
	if name == "headers" {
		headers, err := given.object(name)
		if err != nil {
			return err
		}
		p.Headers, err = tableOf(name, headers)
		p.Has |= wire.HasHeaders
		return err
	}
	n, err := given.number(name)
	switch {
	case err != nil:
		return err
	case name == "timestamp" && n >= 0:
		p.Timestamp, p.Has = uint64(n), p.Has|wire.HasTimestamp
	case name == "delivery_mode" && n >= 0 && n <= 255:
		p.DeliveryMode, p.Has = uint8(n), p.Has|wire.HasDeliveryMode
	case name == "priority" && n >= 0 && n <= 255:
		p.Priority, p.Has = uint8(n), p.Has|wire.HasPriority
	default:
		return fmt.Errorf("property %s is %v: there is no such property, or it cannot be that", name, given[name])
	}
	return nil
}

// propertiesObject is the way back. None are an empty list, as RabbitMQ has it.
func propertiesObject(p *wire.Properties) any {
	o := object{}
	for name, t := range textProperties {
		if p.Has&t.has != 0 {
			o[name] = *t.value(p)
		}
	}
	if p.Has&wire.HasHeaders != 0 {
		o["headers"] = plain(p.Headers)
	}
	for _, n := range []struct {
		name  string
		has   wire.Property
		value uint64
	}{
		{"delivery_mode", wire.HasDeliveryMode, uint64(p.DeliveryMode)},
		{"priority", wire.HasPriority, uint64(p.Priority)},
		{"timestamp", wire.HasTimestamp, p.Timestamp},
	} {
		if p.Has&n.has != 0 {
			o[n.name] = n.value
		}
	}
	if len(o) == 0 {
		return []object{}
	}
	return o
}

// putVHost makes a virtual host that its maker may enter.
func (r *request) putVHost() (int, any) {
	if _, bad := r.read(); bad != nil {
		return http.StatusBadRequest, bad
	}
	name := r.PathValue("name")
	before := r.b.node.VHost(name)
	if _, err := r.b.node.AddVHost(name); err != nil {
		return refuse(err)
	}
	if before == nil && !r.node {
		if err := r.b.node.Permit(r.user.Name, name, ".*", ".*", ".*"); err != nil {
			return refuse(err)
		}
	}
	return done(before == nil)
}

// deleteVHost deletes a virtual host, and ends the connections to it.
func (r *request) deleteVHost() (int, any) {
	name := r.PathValue("name")
	if v := r.b.node.VHost(name); v != nil && name != "/" {
		for _, c := range r.b.inOrder() {
			if c.model.VHostName() == name {
				c.forceOut("vhost '" + name + "' is deleted")
				_ = c.nc.SetReadDeadline(time.Now().Add(goodbyeTime))
			}
		}
	}
	there, err := r.b.node.DeleteVHost(name)
	switch {
	case !there:
		return http.StatusNotFound, notFound
	case err != nil:
		return refuse(err)
	}
	return done(false)
}

// putUser makes a user, or changes the password and tags of one.
func (r *request) putUser() (int, any) {
	f, bad := r.read()
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	tags, err := f.tags()
	if err != nil {
		return refuse(err)
	}
	name := r.PathValue("name")
	_, before := r.b.node.User(name)
	if err := r.setUser(name, f, tags); err != nil {
		return refuse(err)
	}
	return done(!before)
}

// tags reads those of a user: a list, or words between commas.
func (f form) tags() (tags []string, err error) {
	switch given := f["tags"].(type) {
	case string:
		for tag := range strings.SplitSeq(given, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				tags = append(tags, tag)
			}
		}
	case []any:
		for _, tag := range given {
			tags = append(tags, fmt.Sprint(tag))
		}
	default:
		return nil, errors.New("tags_not_present")
	}
	return tags, nil
}

// setUser makes a user or changes one.
func (r *request) setUser(name string, f form, tags []string) (err error) {
	if hash := f.text("password_hash"); hash != "" {
		err = r.b.node.AddUserHashed(name, hash)
	} else {
		err = r.b.node.AddUser(name, f.text("password"))
	}
	if err == nil {
		r.b.node.Tag(name, tags...)
	}
	return err
}

func (r *request) deleteUser() (int, any) {
	if !r.b.node.DeleteUser(r.PathValue("name")) {
		return http.StatusNotFound, notFound
	}
	return done(false)
}

func (r *request) putPermission() (int, any) {
	f, bad := r.read("configure", "write", "read")
	if bad != nil {
		return http.StatusBadRequest, bad
	}
	user, vhost := r.PathValue("user"), r.PathValue("vhost")
	if _, ok := r.b.node.User(user); !ok || r.b.node.VHost(vhost) == nil {
		return refuse(errors.New("vhost_or_user_not_found"))
	}
	before := r.b.node.MayEnter(user, vhost)
	if err := r.b.node.Permit(user, vhost, f.text("configure"), f.text("write"), f.text("read")); err != nil {
		return refuse(err)
	}
	return done(!before)
}

func (r *request) deletePermission() (int, any) {
	if !r.b.node.Forbid(r.PathValue("user"), r.PathValue("vhost")) {
		return http.StatusNotFound, notFound
	}
	return done(false)
}
