package rabbitmq

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// Messages over HTTP: published, and taken from a queue to be looked at.

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

// textProperties are those of a message that are text, by their names in JSON.
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
