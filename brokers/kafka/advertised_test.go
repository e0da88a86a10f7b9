package kafka_test

import (
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// TestAdvertised: clients are told where every node is, also where one is not served yet.
func TestAdvertised(t *testing.T) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	clock := brokers.RealClock()
	journal := brokers.NewJournal(1000, brokers.Forget, clock)
	b := kafka.New(kafka.Config{
		Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota(),
		Advertised: []string{first.Addr().String(), "127.0.0.1:7001", "127.0.0.1:7002"},
	})
	served := make(chan error, 1)
	go func() { served <- b.Serve(0, first) }()
	cl, err := kgo.NewClient(kgo.SeedBrokers(first.Addr().String()))
	must(t, err)
	found, err := kadm.NewClient(cl).BrokerMetadata(within(t))
	must(t, err)
	for _, n := range found.Brokers {
		if want := []int32{0, int32(first.Addr().(*net.TCPAddr).Port), 7001, 7002}[n.NodeID]; n.Host != "127.0.0.1" || n.Port != want {
			t.Errorf("node %d is at %s:%d, want 127.0.0.1:%d", n.NodeID, n.Host, n.Port, want)
		}
	}
	if len(found.Brokers) != 3 {
		t.Errorf("%d nodes, want 3", len(found.Brokers))
	}
	cl.Close()
	must(t, b.Close())
	must(t, <-served)
}
