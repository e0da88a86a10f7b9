package rabbitmq

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// loggedIn is what a client sends until its channel 1 is open.
func loggedIn() []byte {
	b := []byte(wire.Header)
	for _, m := range []wire.Method{
		&wire.ConnectionStartOk{Mechanism: "PLAIN", Response: "\x00guest\x00guest"},
		&wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 4096},
		&wire.ConnectionOpen{VirtualHost: "/"},
	} {
		b = wire.AppendMethod(b, 0, m)
	}
	return wire.AppendMethod(b, 1, &wire.ChannelOpen{})
}

// session is what a client may send then.
func session(methods ...wire.Method) []byte {
	var b []byte
	for _, m := range methods {
		b = wire.AppendMethod(b, 1, m)
		if _, ok := m.(*wire.BasicPublish); ok {
			b = wire.AppendContent(b, 1, &wire.Properties{Has: wire.HasPriority}, []byte("body"), 4096)
		}
	}
	return b
}

// FuzzConnection sends any bytes at all to a broker: once from the first byte, and
// once on a channel that is open. Whatever they are, no code of ours panics, the
// connection ends when the client does, and nothing stays behind in its name.
func FuzzConnection(f *testing.F) {
	f.Add([]byte(wire.Header))
	f.Add(loggedIn())
	f.Add(session(
		&wire.QueueDeclare{Queue: "q"}, &wire.BasicPublish{RoutingKey: "q"}, &wire.BasicConsume{Queue: "q", ConsumerTag: "c"},
		&wire.BasicNack{DeliveryTag: 1, Requeue: true}, &wire.BasicAck{DeliveryTag: 2}, &wire.ChannelClose{},
	))
	f.Add(session(
		&wire.ConfirmSelect{}, &wire.BasicPublish{RoutingKey: "none", Mandatory: true}, &wire.BasicQos{PrefetchCount: 1, Global: true},
		&wire.QueueDeclare{Exclusive: true, Arguments: wire.Table{{Name: "x-dead-letter-exchange", Value: "amq.direct"}}},
		&wire.QueueBind{Exchange: "amq.direct", RoutingKey: "k"}, &wire.BasicPublish{Exchange: "amq.direct", RoutingKey: "k"},
		&wire.BasicGet{}, &wire.BasicReject{DeliveryTag: 1}, &wire.BasicRecover{Requeue: true}, &wire.QueueDelete{},
	))
	f.Add(session(
		&wire.ExchangeDeclare{Exchange: "x", Type: "topic", Arguments: wire.Table{{Name: "alternate-exchange", Value: "amq.fanout"}}},
		&wire.QueueDeclare{Queue: "q", Arguments: wire.Table{
			{Name: "x-max-length", Value: int32(1)}, {Name: "x-max-priority", Value: uint8(3)}, {Name: "x-overflow", Value: "reject-publish-dlx"},
			{Name: "x-message-ttl", Value: int64(5)}, {Name: "x-expires", Value: int16(9)}, {Name: "x-dead-letter-exchange", Value: "x"},
		}},
		&wire.QueueBind{Queue: "q", Exchange: "x", RoutingKey: "#.*.#"}, &wire.ExchangeBind{Destination: "x", Source: "x", RoutingKey: "#"},
		&wire.QueueBind{Queue: "q", Exchange: "amq.match", Arguments: wire.Table{{Name: "x-match", Value: "any"}, {Name: "a", Value: wire.Table{}}}},
		&wire.TxSelect{}, &wire.BasicPublish{Exchange: "x", RoutingKey: "a.b"}, &wire.BasicPublish{RoutingKey: "q"}, &wire.TxCommit{},
		&wire.BasicGet{Queue: "q"}, &wire.BasicAck{DeliveryTag: 1}, &wire.TxRollback{}, &wire.ExchangeDelete{Exchange: "x"},
	))
	f.Fuzz(func(t *testing.T, in []byte) {
		talk(t, in)
		talk(t, append(loggedIn(), in...))
	})
}

// talk sends bytes to a broker of its own and waits for the end.
func talk(t *testing.T, in []byte) {
	clock := brokers.NewVirtualClock(brokers.RealClock().Now())
	journal := brokers.NewJournal(2000, brokers.Refuse, clock)
	quota := brokers.DefaultQuota()
	quota.Messages, quota.Queues, quota.Channels, quota.Consumers = 50, 10, 5, 10
	b := New(Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: quota})
	client, server := net.Pipe()
	b.admit(server)
	heard := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, client); close(heard) }()
	_, _ = client.Write(in)
	_ = client.Close()
	<-heard
	b.running.Wait()
	for _, e := range journal.Since(0) {
		if e.Kind == brokers.Refused && strings.HasPrefix(e.Reason, "INTERNAL_ERROR") {
			t.Fatalf("our own fault: %s", e.Reason)
		}
	}
	idle := b.Idle()
	idle.Due = 0 // what waits for the clock, which stands still, is in nobody's name
	if idle != (brokers.Idle{}) || len(b.conns) > 0 || len(b.sockets) > 0 || b.arriving.Load() != 0 {
		t.Fatalf("left behind: %+v, %d connections, %d sockets", idle, len(b.conns), len(b.sockets))
	}
	for _, p := range b.State().Places {
		if p.Kind == "consumer" || p.InFlight > 0 {
			t.Fatalf("left behind: %+v", p)
		}
	}
}
