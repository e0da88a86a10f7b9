package interp

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

const kafkaOutput = `again: true
order 0 at 0
order 1 at 1
order 2 at 2
order 3 at 3
order 4 at 4
order 5 at 5
partitions: 2
committed: 6 true
`

// startKafka runs a cluster for one test and gives its addresses.
func startKafka(t *testing.T) string {
	t.Helper()
	clock := brokers.RealClock()
	journal := brokers.NewJournal(10_000, brokers.Forget, clock)
	b := kafka.New(kafka.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota()})
	served := make(chan error, 3)
	var addrs []string
	for node := range b.Ports() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, l.Addr().String())
		go func() { served <- b.Serve(node, l) }()
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		for range addrs {
			<-served
		}
	})
	return strings.Join(addrs, ",")
}

// TestKafka: the same program works with the miniature by the real client in both
// engines.
func TestKafka(t *testing.T) {
	t.Run("interpreted", func(t *testing.T) {
		t.Setenv("KAFKA", startKafka(t))
		o := interpret(t, File{Name: "main.go", Text: read(t, "testdata/kafka/main.go")})
		if len(o.found) > 0 {
			t.Fatalf("refused: %+v", o.found[0])
		}
		if o.err != nil || o.out != kafkaOutput {
			t.Errorf("%v\n%s%s\nwant\n%s", o.err, o.out, clip(o.stderr), kafkaOutput)
		}
	})
	t.Run("compiled", func(t *testing.T) {
		t.Setenv("KAFKA", startKafka(t))
		out, err := exec.CommandContext(t.Context(), "go", "run", "./testdata/kafka").CombinedOutput()
		if err != nil || string(out) != kafkaOutput {
			t.Errorf("%v\n%s\nwant\n%s", err, out, kafkaOutput)
		}
	})
}
