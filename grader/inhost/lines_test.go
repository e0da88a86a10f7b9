package inhost

import (
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/grader/trial"
)

// TestWhereAProgramWaited: the last call is a guess for a program that waited, and
// none for one that computed.
func TestWhereAProgramWaited(t *testing.T) {
	tr := &trace{calls: []string{"receive amqp.Delivery"}}
	tr.add([]traceRecord{{At: time.Now(), Line: 39}})
	waited := trial.Exit{Killed: true, Wall: 2 * time.Second, CPU: 10 * time.Millisecond}
	tr.complete(&waited)
	if waited.Waiting != "<-chan amqp.Delivery" || waited.Line != 39 {
		t.Errorf("a program that waited: %+v", waited)
	}
	busy := trial.Exit{Killed: true, Wall: 2 * time.Second, CPU: 1900 * time.Millisecond}
	tr.complete(&busy)
	if busy.Waiting != "" || busy.Line != 0 {
		t.Errorf("a program that computed is said to wait: %+v", busy)
	}
}
