package tap

import (
	"bufio"
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// FuzzFrames: whatever frames either side sends, in whatever order, nothing
// panics, nothing is counted below zero, and every byte that is relayed is one
// that was sent. An odd frame type marks a frame of the broker.
func FuzzFrames(f *testing.F) {
	var talk []byte
	client := func(channel uint16, m wire.Method) { talk = wire.AppendMethod(append(talk, 0), channel, m) }
	broker := func(channel uint16, m wire.Method) { talk = wire.AppendMethod(append(talk, 1), channel, m) }
	content := func(from byte, body string) {
		for _, part := range [][]byte{
			wire.AppendFrame(nil, wire.Frame{Type: wire.FrameHeader, Channel: 1, Payload: (&wire.ContentHeader{Class: wire.ClassBasic, BodySize: uint64(len(body))}).Append(nil)}),
			wire.AppendFrame(nil, wire.Frame{Type: wire.FrameBody, Channel: 1, Payload: []byte(body)}),
		} {
			talk = append(append(talk, from), part...)
		}
	}
	client(0, &wire.ConnectionOpen{VirtualHost: "/"})
	client(1, &wire.ChannelOpen{})
	broker(1, &wire.ChannelOpenOk{})
	client(1, &wire.QueueDeclare{Queue: "q", AutoDelete: true})
	broker(1, &wire.QueueDeclareOk{Queue: "q"})
	client(1, &wire.ConfirmSelect{NoWait: true})
	client(1, &wire.BasicPublish{RoutingKey: "q"})
	content(0, "hello")
	broker(1, &wire.BasicAck{DeliveryTag: 1})
	client(1, &wire.BasicConsume{Queue: "q", ConsumerTag: "c", NoWait: true})
	broker(1, &wire.BasicDeliver{ConsumerTag: "c", DeliveryTag: 1, RoutingKey: "q"})
	content(1, "hello")
	client(1, &wire.BasicNack{DeliveryTag: 0, Multiple: true, Requeue: true})
	broker(1, &wire.BasicDeliver{ConsumerTag: "c", DeliveryTag: 2, RoutingKey: "q", Redelivered: true})
	content(1, "hello")
	client(1, &wire.BasicReject{DeliveryTag: 2})
	client(1, &wire.BasicGet{Queue: "q"})
	broker(1, &wire.BasicGetOk{DeliveryTag: 3, RoutingKey: "q"})
	content(1, "other")
	broker(1, &wire.BasicReturn{RoutingKey: "q"})
	content(1, "hello")
	client(1, &wire.BasicRecoverAsync{Requeue: true})
	client(1, &wire.QueueDelete{Queue: "q", NoWait: true})
	broker(1, &wire.ChannelClose{ReplyText: "no"})
	client(1, &wire.ChannelCloseOk{})
	client(0, &wire.ConnectionClose{})
	f.Add(talk)
	f.Fuzz(func(t *testing.T, in []byte) {
		clock := brokers.NewVirtualClock(brokers.RealClock().Now())
		journal := brokers.NewJournal(10_000, brokers.Refuse, clock)
		b := New(Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota()})
		down, far := net.Pipe()
		defer far.Close()
		defer down.Close()
		r := newRelay(b, down)
		r.up, r.toUp = far, newOutbox(far)
		b.relays[r] = struct{}{}
		sent := 0
		for len(in) > 1 {
			from := in[0]
			frame, err := wire.NewFrameReader(bufio.NewReader(bytes.NewReader(in[1:])), frameMax).Next()
			if err != nil {
				break
			}
			raw := wire.AppendFrame(nil, frame)
			in = in[1+len(raw):]
			sent += len(raw) + 16 // for the name of the virtual host
			b.seq.Do(func() {
				if from&1 == 0 {
					r.fromClient(frame, raw)
				} else {
					r.fromBroker(frame, raw)
				}
			})
		}
		check(t, b, r, sent)
	})
}

func check(t *testing.T, b *Broker, r *relay, sent int) {
	t.Helper()
	for _, p := range b.State().Places {
		if p.Ready < 0 || p.InFlight < 0 || p.Done < 0 || p.Dead < 0 {
			t.Errorf("%s: %+v", p.ID, p)
		}
	}
	b.seq.Do(func() { r.leave("the end") })
	for _, q := range b.book.queues {
		if q.unacked != 0 {
			t.Errorf("queue %q: %d in flight when nobody is there", q.name, q.unacked)
		}
	}
	for _, e := range b.journal().Since(0) {
		if e.Kind == Untapped && strings.HasPrefix(e.Reason, "panic") {
			t.Error(e.Reason)
		}
	}
	if relayed := len(r.toUp.buf) + len(r.toDown.buf); relayed > sent+1000 { // a close of our own
		t.Errorf("%d bytes were relayed of %d", relayed, sent)
	}
}

func (b *Broker) journal() *brokers.Journal { return b.cfg.Journal }
