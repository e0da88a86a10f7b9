package inhost

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// playKafka plays a scene that is written as in a lesson.
func playKafka(t *testing.T, yaml string) trial.Played {
	t.Helper()
	out := playWritten(t, yaml)
	if out.Wrong != nil {
		t.Fatalf("step %d: %s", out.Wrong.Step, out.Wrong.Why)
	}
	return out
}

// wrongStep is what is wrong with a scene; "" when it can be played.
func wrongStep(t *testing.T, yaml string) string {
	t.Helper()
	out := playWritten(t, yaml)
	if out.Wrong == nil {
		return ""
	}
	return out.Wrong.Why
}

func playWritten(t *testing.T, yaml string) trial.Played {
	t.Helper()
	p, found := labs.ParsePlay([]byte("id: x\ncaption: x\nbroker: kafka\n" + yaml))
	for _, f := range found {
		t.Fatal(f)
	}
	s, err := p.Scene(nil)
	if err != nil {
		t.Fatal(err)
	}
	scene := trial.Scene{Broker: s.Broker, Services: s.Services(), Events: 5000}
	for _, step := range s.Setup {
		scene.Setup = append(scene.Setup, brokers.Action{Do: step.Do, With: step.With})
	}
	for _, step := range s.Steps {
		scene.Steps = append(scene.Steps, brokers.Action{Do: step.Do, With: step.With})
	}
	out, err := playScene(context.Background(), scene)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// told is the events of some kinds in short.
func told(p trial.Played, kinds ...brokers.Kind) string {
	var lines []string
	for _, e := range p.Events {
		if !slices.Contains(kinds, e.Kind) {
			continue
		}
		line := string(e.Kind)
		for _, part := range []string{e.Label, e.Place, e.Consumer, e.Reason} {
			if part != "" {
				line += " " + part
			}
		}
		lines = append(lines, fmt.Sprintf("%s @%d", line, e.Tag))
	}
	return strings.Join(lines, "\n")
}

const mailer = `
setup:
  - topic: {name: orders, partitions: 1}
  - producer: shop
  - consumer: {name: mailer, group: mailer, topic: orders, commit: %s, takes: 2s, service: ledger}
  - wait: 1s
steps:
  - produce: {topic: orders, value: "1"}
  - produce: {topic: orders, value: "2"}
`

// A crash between the effect and the commit: the work is done again. Committed before,
// the work is lost.
func TestWhatACrashCostsAGroup(t *testing.T) {
	for commit, want := range map[string]string{
		"after":  "effect 1 ledger @0\ncommitted orders/0 mailer-1 @1\ncrash mailer @0\neffect 2 ledger @0\ncommitted orders/0 mailer-2 @2",
		"before": "committed orders/0 mailer-1 @1\neffect 1 ledger @0\ncommitted orders/0 mailer-1 @2\ncrash mailer @0",
	} {
		got := playKafka(t, fmt.Sprintf(mailer, commit)+`
  - wait: 3s
  - crash: mailer
  - wait: 10s
  - restart: mailer
  - wait: 10s
  - wait: idle
`)
		if diff := cmp.Diff(want, told(got, brokers.Effect, brokers.Committed, brokers.Crash)); diff != "" {
			t.Errorf("%s:\n%s", commit, diff)
		}
	}
}

// The leader dies before its followers have the record: with acks=1 the producer was told
// that it is safe.
func TestWhatALeaderTakesWithIt(t *testing.T) {
	for acks, want := range map[string]string{
		"1":   "confirmed orders/0 @0\nlost 1 orders/0 acknowledged @0",
		"0":   "lost 1 orders/0 not acknowledged @0",
		"all": "refused 1 orders/0 Produce\nlost 1 orders/0 not acknowledged @0",
	} {
		got := playKafka(t, fmt.Sprintf(`
setup:
  - topic: {name: orders, partitions: 1, replication: 3}
  - lag: {node: 2, by: 1s}
  - lag: {node: 3, by: 1s}
  - producer: {name: shop, acks: "%s"}
steps:
  - produce: {topic: orders, value: "1"}
  - node-down: {leads: orders/0}
  - wait: 5s
`, acks))
		var lines []string
		for line := range strings.Lines(told(got, brokers.Confirmed, brokers.Lost, brokers.Refused)) {
			code, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			lines = append(lines, code)
		}
		if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("acks=%s:\n%s", acks, diff)
		}
	}
}

// A group shares its partitions out anew when somebody comes, leaves or dies.
func TestAGroupSharesOutItsPartitions(t *testing.T) {
	got := playKafka(t, `
setup:
  - topic: {name: orders, partitions: 3}
  - consumer: {name: a, group: mailer, topic: orders}
steps:
  - consumer: {name: b, group: mailer, topic: orders}
  - wait: 3s
  - crash: a
  - wait: 15s
  - leave: b
`)
	want := `joined a-1 @2
joined b-2 @2
assigned orders/0 a-1 @2
assigned orders/1 a-1 @2
assigned orders/2 b-2 @2
left a-1 session.timeout.ms @0
joined b-2 @3
assigned orders/0 b-2 @3
assigned orders/1 b-2 @3
assigned orders/2 b-2 @3
left b-2 left @0`
	if diff := cmp.Diff(want, told(got, brokers.Joined, brokers.Assigned, brokers.Left)); diff != "" {
		t.Error(diff)
	}
}

// By hand: read, work, commit, go back; equal keys come to equal partitions.
func TestReadingByHand(t *testing.T) {
	got := playKafka(t, `
setup:
  - topic: {name: orders, partitions: 2}
  - producer: shop
  - consumer: {name: a, group: mailer, topic: orders, commit: manual}
steps:
  - produce: {topic: orders, key: user-17, value: "1"}
  - produce: {topic: orders, key: user-17, value: "2"}
  - read: a
  - read: a
  - commit: a
  - seek: {consumer: a, offset: start}
  - read: a
`)
	lines := strings.Split(told(got, brokers.Delivered, brokers.Committed), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], "delivered 1 ") || !strings.HasPrefix(lines[1], "delivered 2 ") || !strings.HasPrefix(lines[4], "delivered 1 ") {
		t.Errorf("%q", lines)
	}
}

// What a transaction wrote and gave up, a reader of committed records never sees.
func TestAnAbortedTransaction(t *testing.T) {
	got := playKafka(t, `
setup:
  - topic: {name: orders}
  - producer: {name: shop, transaction: tx}
  - consumer: {name: a, group: mailer, topic: orders, isolation: committed}
steps:
  - begin: shop
  - produce: {topic: orders, value: "1"}
  - end: {producer: shop, commit: false}
  - begin: shop
  - produce: {topic: orders, value: "2"}
  - end: {producer: shop, commit: true}
  - wait: idle
`)
	if want, have := "delivered 2 orders/0 a-1 @2", told(got, brokers.Delivered); have != want {
		t.Errorf("have %s, want %s", have, want)
	}
}

// The same scene gives the same journal.
func TestKafkaScenesAreTheSameEachTime(t *testing.T) {
	scene := fmt.Sprintf(mailer, "auto") + `
  - produce: {topic: orders, key: a, value: "3", count: 5}
  - wait: 7s
  - crash: mailer
  - wait: idle
`
	if diff := cmp.Diff(playKafka(t, scene), playKafka(t, scene)); diff != "" {
		t.Error(diff)
	}
}

// What an author writes wrong is told with its line.
func TestKafkaVerbsAreStrict(t *testing.T) {
	for yaml, want := range map[string]string{
		"- topic: {name: t, partitions: 99}":                    "4: topic: partitions: found \"99\", expected a whole number",
		"- produce: {topic: t, kye: a}":                         "4: produce: field \"kye\" is unknown, expected one of acks, count, every, for, from, key, partition, topic, value",
		"- consumer: {name: a, group: g}":                       "4: consumer: field \"topic\" is missing",
		"- producer: {name: a, acks: 2}":                        "4: producer: acks: found \"2\", expected one of 0, 1, all",
		"- publish: {key: a}":                                   "4: verb \"publish\" is unknown, expected one of ",
		"- consumer: {name: a, group: g, topic: t, commit: no}": "4: consumer: commit: found \"no\", expected one of manual, read, before, after, auto",
	} {
		_, found := labs.ParsePlay([]byte("id: x\nbroker: kafka\ncaption: x\nsetup: [" + strings.TrimPrefix(yaml, "- ") + "]\nsteps: []\n"))
		if len(found) != 1 || !strings.HasPrefix(fmt.Sprintf("%d: %s", found[0].Line, found[0].Message), want) {
			t.Errorf("%s: found %v, want %s", yaml, found, want)
		}
	}
}
