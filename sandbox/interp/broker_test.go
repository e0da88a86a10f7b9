package interp

import (
	"net"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

const brokerOutput = `confirmed 1 true
confirmed 2 true
confirmed 3 true
confirmed 4 true
confirmed 5 true
charged 1 100 false
charged 2 200 false
charged 3 300 false
charged 4 400 false
again: order 5: too much
dead: 5
refused: 404
`

// TestBroker: an interpreted program works with the miniature by the real client.
func TestBroker(t *testing.T) {
	clock := brokers.RealClock()
	journal := brokers.NewJournal(1000, brokers.Forget, clock)
	b := rabbitmq.New(rabbitmq.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota(), Heartbeat: 10 * time.Second})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.Serve(0, l) }()
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		l.Close()
		<-served
	})
	t.Setenv("AMQP_URL", "amqp://guest:guest@"+l.Addr().String()+"/")
	o := interpret(t, File{Name: "main.go", Text: read(t, "testdata/broker/main.go")})
	if len(o.found) > 0 {
		t.Fatalf("refused: %+v", o.found[0])
	}
	if o.err != nil || o.out != brokerOutput {
		t.Errorf("%v\n%s%s\nwant\n%s", o.err, o.out, clip(o.stderr), brokerOutput)
	}
}
