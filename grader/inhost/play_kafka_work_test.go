package inhost

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
)

// lines are the events of some kinds in short, each once, in order of their first time.
func lines(t *testing.T, yaml string, kinds ...brokers.Kind) []string {
	t.Helper()
	seen := make(map[string]bool)
	var all []string
	for line := range strings.Lines(told(playKafka(t, yaml), kinds...)) {
		if line = strings.TrimSpace(line); !seen[line] {
			seen[line] = true
			all = append(all, line)
		}
	}
	return all
}

func TestAStreamGoesOnBesideTheScene(t *testing.T) {
	got := lines(t, `
setup:
  - topic: {name: orders, partitions: 2}
  - producer: shop
steps:
  - produce: {topic: orders, every: 1s, for: 4s}
  - wait: 2500ms
  - produce: {topic: orders, partition: 1, value: between}
  - wait: 10s
`, brokers.Published)
	want := []string{"published 1 orders/0 @0", "published 2 orders/1 @0", "published between orders/1 @1", "published 3 orders/0 @1", "published 4 orders/1 @2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A record that fails stays where it is, and so does everything behind it; records of other
// partitions of the same member, too.
func TestARecordThatFailsStandsInTheWay(t *testing.T) {
	for _, batch := range []string{"", ", batch: 3"} {
		got := lines(t, fmt.Sprintf(`
setup:
  - topic: {name: orders, partitions: 1}
  - producer: shop
  - consumer: {name: a, group: g, topic: orders, fails: "2", service: ledger%s}
  - wait: 1s
steps:
  - produce: {topic: orders, every: 1s, for: 4s}
  - wait: 1m
`, batch), brokers.Failed, brokers.Effect, brokers.Committed)
		want := []string{"effect 1 ledger @0", "committed orders/0 a-1 @1", "failed 2 orders/0 a @1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", batch, diff)
		}
	}
}

func TestABatchIsCommittedWhenItIsDone(t *testing.T) {
	got := lines(t, `
setup:
  - topic: {name: orders, partitions: 2}
  - producer: shop
  - produce: {topic: orders, value: x, count: 6}
  - consumer: {name: a, group: g, topic: orders, batch: 4, takes: 1s}
steps:
  - wait: 10s
`, brokers.Committed)
	if len(got) != 4 || !strings.HasSuffix(got[3], "@3") {
		t.Errorf("commits: %q, want two of each partition, the last at 3", got)
	}
}

// Records that were handed to the program's memory are committed, and die with it.
func TestWhatIsCommittedWhenReadDiesWithTheProgram(t *testing.T) {
	got := lines(t, `
setup:
  - topic: {name: orders, partitions: 1}
  - producer: shop
  - consumer: {name: a, group: g, topic: orders, commit: read, takes: 2s, service: ledger}
  - wait: 1s
steps:
  - produce: {topic: orders, value: "1"}
  - produce: {topic: orders, value: "2"}
  - produce: {topic: orders, value: "3"}
  - wait: 3s
  - crash: a
  - wait: 10s
  - restart: a
  - wait: 10s
`, brokers.Effect, brokers.Committed)
	want := []string{"committed orders/0 a-1 @1", "committed orders/0 a-1 @2", "committed orders/0 a-1 @3", "effect 1 ledger @0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Who is too long at a batch is out of its group, and what it has done is done again.
func TestABatchThatTakesTooLongIsNeverCommitted(t *testing.T) {
	p := playKafka(t, `
setup:
  - topic: {name: orders, partitions: 1}
  - producer: shop
  - produce: {topic: orders, value: x, count: 4}
steps:
  - consumer: {name: a, group: g, topic: orders, batch: 4, takes: 10s, max_poll: 30s, service: ledger}
  - wait: 100s
`)
	if got := told(p, brokers.Left, brokers.Committed); got != "left a-1 max.poll.interval.ms @0\nleft a-2 max.poll.interval.ms @0" {
		t.Errorf("left and committed:\n%s", got)
	}
	if n := strings.Count(told(p, brokers.Effect), "\n") + 1; n < 8 {
		t.Errorf("%d charges, want each order charged twice at least", n)
	}
}

// A static member's partitions wait for it until its session is over; a new partition is
// found when the leader asks for metadata again.
func TestWhoNoticesLate(t *testing.T) {
	static := playKafka(t, `
setup:
  - topic: {name: orders, partitions: 2}
  - consumer: {name: a, instance: a, session: 2m, group: g, topic: orders}
  - consumer: {name: b, instance: b, session: 2m, group: g, topic: orders}
  - wait: 5s
steps:
  - crash: a
  - wait: 100s
  - wait: 1m
`)
	if got := told(static, brokers.Crash, brokers.Left); got != "crash a @0\nleft a-1 session.timeout.ms @0" {
		t.Errorf("a static member:\n%s", got)
	}
	if at := static.After[1]; static.Events[len(static.Events)-1].Seq <= at {
		t.Error("it was given up before its session was over")
	}
	grown := playKafka(t, `
setup:
  - topic: {name: orders, partitions: 1}
  - consumer: {name: a, group: g, topic: orders}
  - wait: 1s
steps:
  - partitions: {topic: orders, partitions: 2}
  - wait: 6m
`)
	if got := told(grown, brokers.Assigned); got != "assigned orders/0 a-1 @2\nassigned orders/1 a-1 @2" {
		t.Errorf("a new partition:\n%s", got)
	}
}

func TestAConsumerOfWhatIsGoneBeginsWhereItsSettingSays(t *testing.T) {
	for from, want := range map[string]string{"earliest": "delivered 3", "latest": ""} {
		got := told(playKafka(t, fmt.Sprintf(`
setup:
  - topic: {name: orders, partitions: 1, configs: {retention.ms: 60000}}
  - producer: shop
  - consumer: {name: a, group: g, topic: orders, from: %s}
  - wait: 1s
  - produce: {topic: orders, value: "1"}
  - wait: 1s
  - leave: a
  - produce: {topic: orders, value: "2"}
  - wait: 50s
  - produce: {topic: orders, value: "3"}
  - wait: 20s
steps:
  - restart: a
  - wait: 5s
`, from)), brokers.Delivered)
		got, _, _ = strings.Cut(got, " orders")
		if got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}

func TestAStreamIsWrittenWithBothItsTimes(t *testing.T) {
	for _, step := range []string{"every: 1s", "for: 1s", "every: 2s, for: 1s", "every: 1s, for: 5s, count: 3"} {
		if wrong := wrongStep(t, fmt.Sprintf("setup: [topic: t, producer: p]\nsteps:\n  - produce: {topic: t, %s}\n", step)); !strings.Contains(wrong, "every and for") {
			t.Errorf("%s: %q", step, wrong)
		}
	}
}
