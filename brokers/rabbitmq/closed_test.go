package rabbitmq_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// TestClosedBrokerIsForgotten: what waits in a broker for a time to come, a queue that
// expires and a message in another, does not keep it in memory when it is closed. The
// clock lives on, as that of a lab host does.
func TestClosedBrokerIsForgotten(t *testing.T) {
	clock := brokers.RealClock()
	gone := make(chan struct{})
	func() {
		journal := brokers.NewJournal(1000, brokers.Forget, clock)
		b := rabbitmq.New(rabbitmq.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota()})
		runtime.AddCleanup(b, func(gone chan struct{}) { close(gone) }, gone)
		must(t, b.Apply([]brokers.Action{
			{Do: "declare", With: map[string]any{"queue": "brief", "arguments": map[string]any{"x-expires": 3_600_000}}},
			{Do: "declare", With: map[string]any{"queue": "slow", "arguments": map[string]any{"x-message-ttl": 3_600_000}}},
			{Do: "publish", With: map[string]any{"key": "slow", "body": "x"}},
		}))
		if _, ok := clock.Next(); !ok {
			t.Fatal("nothing waits for the clock")
		}
		must(t, b.Close())
	}()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		runtime.GC()
		select {
		case <-gone:
			return
		default:
		}
	}
	t.Error("a closed broker is still in memory")
}
