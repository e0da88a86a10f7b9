package wire_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// payload is a method as bytes, without its frame.
func payload(m wire.Method) []byte {
	out := wire.AppendMethod(nil, 1, m)
	return out[7 : len(out)-1]
}

func TestMethodBytes(t *testing.T) {
	for _, tt := range []struct {
		m    wire.Method
		name string
		want string
	}{
		{&wire.ConnectionTune{ChannelMax: 2047, FrameMax: 131072, Heartbeat: 60}, "connection.tune", "\x00\x0a\x00\x1e\x07\xff\x00\x02\x00\x00\x00\x3c"},
		{&wire.ConnectionOpen{VirtualHost: "/"}, "connection.open", "\x00\x0a\x00\x28\x01/\x00\x00"},
		{&wire.ChannelClose{ReplyCode: 404, ReplyText: "NOT_FOUND", Class: 60, Method: 40}, "channel.close", "\x00\x14\x00\x28\x01\x94\x09NOT_FOUND\x00\x3c\x00\x28"},
		{&wire.ChannelCloseOk{}, "channel.close_ok", "\x00\x14\x00\x29"},
		{&wire.QueueDeclare{Queue: "q", Durable: true, AutoDelete: true}, "queue.declare", "\x00\x32\x00\x0a\x00\x00\x01q\x0a\x00\x00\x00\x00"},
		{&wire.BasicPublish{Exchange: "x", RoutingKey: "k", Mandatory: true}, "basic.publish", "\x00\x3c\x00\x28\x00\x00\x01x\x01k\x01"},
		{&wire.BasicDeliver{ConsumerTag: "c", DeliveryTag: 7, Redelivered: true, RoutingKey: "k"}, "basic.deliver", "\x00\x3c\x00\x3c\x01c\x00\x00\x00\x00\x00\x00\x00\x07\x01\x00\x01k"},
		{&wire.BasicNack{DeliveryTag: 1, Requeue: true}, "basic.nack", "\x00\x3c\x00\x78\x00\x00\x00\x00\x00\x00\x00\x01\x02"},
		{&wire.ConfirmSelect{NoWait: true}, "confirm.select", "\x00\x55\x00\x0a\x01"},
	} {
		if got := payload(tt.m); string(got) != tt.want {
			t.Errorf("%s: wrote %q, want %q", tt.name, got, tt.want)
		}
		if got := tt.m.ID().String(); got != tt.name {
			t.Errorf("%q is called %q", tt.name, got)
		}
		got, err := wire.DecodeMethod([]byte(tt.want))
		if diff := cmp.Diff(tt.m, got); diff != "" || err != nil {
			t.Errorf("%s: %v, want (-) and read (+):\n%s", tt.name, err, diff)
		}
	}
}

// TestEveryMethod fills in every field of every method, and expects each to come
// back: two fields in the wrong order, or one forgotten, would show.
func TestEveryMethod(t *testing.T) {
	found := 0
	for class := range uint16(100) {
		for number := range uint16(130) {
			id := wire.ID{Class: class, Method: number}
			if strings.HasPrefix(id.String(), "method ") {
				continue
			}
			found++
			m := wire.New(id)
			if m.ID() != id {
				t.Fatalf("the table has %v under %v", m.ID(), id)
			}
			fill(reflect.ValueOf(m).Elem())
			got, err := wire.DecodeMethod(payload(m))
			if diff := cmp.Diff(m, got); diff != "" || err != nil {
				t.Errorf("%s: %v, wrote (-) and read (+):\n%s", id, err, diff)
			}
		}
	}
	if found != 66 {
		t.Errorf("found %d methods, want 66", found)
	}
}

// fill gives every field a value of its own.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(v.Type().Field(i).Name)
		case reflect.Bool:
			f.SetBool(i%2 == 0)
		case reflect.Slice:
			f.Set(reflect.ValueOf(wire.Table{{Name: v.Type().Field(i).Name, Value: int32(i)}}))
		default:
			f.SetUint(uint64(i + 100))
		}
	}
}

func TestDecodeMethodRefuses(t *testing.T) {
	for _, tt := range []struct{ rule, in string }{
		{"a method has a number", "\x00\x0a\x00"},
		{"fields may not be missing", "\x00\x0a\x00\x1e\x07\xff"},
		{"nothing follows the last field", "\x00\x14\x00\x29x"},
		{"unused bits are zero", "\x00\x55\x00\x0a\x02"},
		{"a short string has its bytes", "\x00\x0a\x00\x28\x05/"},
	} {
		if m, err := wire.DecodeMethod([]byte(tt.in)); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: read %+v, error %v, want ErrMalformed", tt.rule, m, err)
		}
	}
	var unknown *wire.UnknownMethodError
	if _, err := wire.DecodeMethod([]byte("\x00\x0a\x00\x63")); !errors.As(err, &unknown) || !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("method 99 of class 10: %v, want UnknownMethodError", err)
	}
}

func TestContentHeader(t *testing.T) {
	p := wire.Properties{
		Has:         0xFFFC,
		ContentType: "ct", ContentEncoding: "ce", Headers: wire.Table{{Name: "h", Value: "v"}}, DeliveryMode: 2, Priority: 9,
		CorrelationID: "ci", ReplyTo: "rt", Expiration: "60000", MessageID: "mi", Timestamp: 1 << 40, Type: "t", UserID: "u", AppID: "a", ClusterID: "cl",
	}
	frame := wire.AppendContent(nil, 1, &p, nil, 4096)
	var h wire.ContentHeader
	if err := h.Decode(frame[7 : len(frame)-1]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire.ContentHeader{Class: wire.ClassBasic, Properties: p}, h); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct{ rule, in string }{
		{"it has fourteen bytes at least", "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"weight is zero", "\x00\x3c\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"no flags follow", "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"},
		{"a property has its bytes", "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00"},
		{"nothing follows the last property", "\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00x"},
	} {
		if err := h.Decode([]byte(tt.in)); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", tt.rule, err)
		}
	}
}

func FuzzMethod(f *testing.F) {
	for _, m := range []wire.Method{
		&wire.ConnectionStart{ServerProperties: wire.Table{{Name: "product", Value: "x"}}, Mechanisms: "PLAIN"},
		&wire.QueueDeclare{Queue: "q", Durable: true, Arguments: wire.Table{{Name: "x-max-length", Value: int32(1)}}},
		&wire.BasicPublish{Exchange: "x", RoutingKey: "k"}, &wire.BasicDeliver{ConsumerTag: "c", DeliveryTag: 1}, &wire.ConnectionClose{ReplyCode: 541},
	} {
		f.Add(payload(m))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := wire.DecodeMethod(in)
		if err != nil {
			if !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("error %v is not ErrMalformed", err)
			}
			return
		}
		if out := payload(m); !bytes.Equal(out, in) {
			t.Errorf("%s: read % X, wrote % X", m.ID(), in, out)
		}
	})
}

func FuzzContentHeader(f *testing.F) {
	frame := wire.AppendContent(nil, 1, &wire.Properties{Has: wire.HasHeaders | wire.HasDeliveryMode, DeliveryMode: 2}, nil, 4096)
	f.Add(frame[7 : len(frame)-1])
	f.Fuzz(func(t *testing.T, in []byte) {
		var h wire.ContentHeader
		if err := h.Decode(in); err != nil {
			if !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("error %v is not ErrMalformed", err)
			}
			return
		}
		if out := h.Append(nil); !bytes.Equal(out, in) {
			t.Errorf("read % X, wrote % X", in, out)
		}
	})
}
