package inhost

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// play plays a scene that is written as in a lesson.
func play(t *testing.T, yaml string) trial.Played {
	t.Helper()
	out, err := playScene(context.Background(), sceneOf(t, yaml))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sceneOf(t *testing.T, yaml string) trial.Scene {
	t.Helper()
	p, found := labs.ParsePlay([]byte("id: x\ncaption: x\nbroker: rabbitmq\n" + yaml))
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
	return scene
}

// story is the events in short, without connections.
func story(p trial.Played) string {
	var lines []string
	for _, e := range p.Events {
		if e.Kind == brokers.Opened || e.Kind == brokers.Closed {
			continue
		}
		line := string(e.Kind)
		for _, part := range []string{e.Label, e.Place, e.Consumer} {
			if part != "" {
				line += " " + part
			}
		}
		if e.Redelivered {
			line += " again"
		}
		lines = append(lines, fmt.Sprintf("%s@%v", line, e.At))
	}
	return strings.Join(lines, "\n")
}

const orders = `
setup:
  - queue: orders
  - consumer: {name: worker, queue: orders, prefetch: 1, ack: %s, takes: 2s, service: ledger}
steps:
`

func TestAWorkerDoesItsWorkAndAcks(t *testing.T) {
	got := play(t, fmt.Sprintf(orders, "after")+`
  - publish: {key: orders, label: "1"}
  - publish: {key: orders, label: "2"}
  - wait: idle
`)
	want := `published 1@0s
routed 1 orders@0s
delivered 1 orders worker@0s
published 2@0s
routed 2 orders@0s
effect 1 ledger@2s
acked 1 orders worker@2s
delivered 2 orders worker@2s
effect 2 ledger@4s
acked 2 orders worker@4s`
	if diff := cmp.Diff(want, story(got)); got.Wrong != nil || diff != "" {
		t.Errorf("%+v\n%s", got.Wrong, diff)
	}
}

// A crash in the middle: acked before, the work is lost; acked after, it is done again.
func TestWhatACrashCosts(t *testing.T) {
	for ack, want := range map[string]string{
		"before": `published 4@0s
routed 4 orders@0s
delivered 4 orders worker@0s
acked 4 orders worker@0s
crash worker@1s
cancelled orders worker@1s
restarted worker@1s
subscribed orders worker@1s`,
		"after": `published 4@0s
routed 4 orders@0s
delivered 4 orders worker@0s
crash 4 worker@1s
cancelled orders worker@1s
requeued 4 orders worker@1s
restarted worker@1s
subscribed orders worker@1s
delivered 4 orders worker again@1s
effect 4 ledger@3s
acked 4 orders worker again@3s`,
	} {
		got := play(t, fmt.Sprintf(orders, ack)+`
  - publish: {key: orders, label: "4"}
  - wait: 1s
  - crash: worker
  - restart: worker
  - wait: idle
`)
		var lines []string // a wait of 1s in which nothing happens is an event too
		for line := range strings.Lines(story(got)) {
			if !strings.HasPrefix(line, "skipped") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		if diff := cmp.Diff(want, strings.Join(lines, "\n")); got.Wrong != nil || diff != "" {
			t.Errorf("ack %s: %+v\n%s", ack, got.Wrong, diff)
		}
	}
}

func TestStepsDecideForAConsumerThatWaits(t *testing.T) {
	got := play(t, `
setup:
  - exchange: {name: dead, type: fanout}
  - queue: {name: orders, arguments: {x-dead-letter-exchange: dead}}
  - queue: {name: retry, arguments: {x-message-ttl: 10000, x-dead-letter-exchange: "", x-dead-letter-routing-key: orders}}
  - bind: {queue: retry, exchange: dead}
  - consumer: {name: worker, queue: orders, prefetch: 1, service: ledger}
steps:
  - publish: {key: orders, label: "7"}
  - reject: worker
  - wait: 10s
  - work: worker
  - ack: worker
`)
	want := `published 7@0s
routed 7 orders@0s
delivered 7 orders worker@0s
rejected 7 orders worker@0s
dead-lettered 7 orders worker@0s
routed 7 retry@0s
expired 7 retry@10s
dead-lettered 7 retry@10s
routed 7 orders@10s
delivered 7 orders worker@10s
effect 7 ledger@10s
acked 7 orders worker@10s`
	if diff := cmp.Diff(want, story(got)); got.Wrong != nil || diff != "" {
		t.Errorf("%+v\n%s", got.Wrong, diff)
	}
	if p := got.End.Places[len(got.End.Places)-1]; p.ID != "service:ledger" || p.Done != 1 {
		t.Errorf("the last place is %+v", p)
	}
}

func TestTheSameSceneGivesTheSameJournal(t *testing.T) {
	scene := fmt.Sprintf(orders, "after") + `
  - publisher: {name: shop, confirms: true}
  - publish: {from: shop, key: orders, count: 20}
  - publish: {from: shop, key: nowhere, mandatory: true}
  - wait: 7s
  - disconnect: worker
  - wait: idle
`
	first := play(t, scene)
	if first.Wrong != nil || len(first.Events) < 80 {
		t.Fatalf("%+v and %d events", first.Wrong, len(first.Events))
	}
	for range 5 {
		if diff := cmp.Diff(first, play(t, scene)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A scene that goes in circles ends, and so does one that is too long.
func TestAScenesShareIsBounded(t *testing.T) {
	scene := sceneOf(t, `
setup:
  - queue: a
  - consumer: {name: worker, queue: a, ack: after}
steps:
  - publish: {key: a, count: 100}
  - publish: {key: a, count: 100}
`)
	scene.Events = 300
	got, err := playScene(context.Background(), scene)
	if err != nil || got.Wrong == nil || got.Wrong.Step != 0 || !strings.Contains(got.Wrong.Why, "more than 300 events") {
		t.Errorf("%v and %+v, want step 0 refused", err, got.Wrong)
	}
	if len(got.Events) > 2*300 {
		t.Errorf("%d events", len(got.Events))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := playScene(ctx, scene); err == nil {
		t.Error("a scene whose time is over was played to its end")
	}
}

func TestAWrongStepIsNamed(t *testing.T) {
	for yaml, want := range map[string]string{
		"setup: [queue: a]\nsteps: [ack: worker]":                                                        `there is no consumer "worker"`,
		"setup: [queue: a, consumer: {name: w, queue: a}]\nsteps: [ack: w]":                              "w holds no message",
		"setup: [queue: a]\nsteps: [publish: {exchange: lost}]":                                          "no exchange 'lost'",
		"setup: [queue: a]\nsteps: [publish: {from: shop}]":                                              `there is no publisher "shop"`,
		"setup: [queue: a]\nsteps: [bind: {exchange: amq.topic}]":                                        "exactly one of the two",
		"setup: [queue: a, consumer: {name: w, queue: a}]\nsteps: [crash: w, crash: w]":                  "w does not run",
		"setup: [queue: a, consumer: {name: w, queue: a}]\nsteps: [restart: w]":                          "w runs already",
		"setup: [queue: a, publisher: p]\nsteps: [publisher: p]":                                         `a publisher "p" already`,
		"setup: [queue: {name: a, arguments: {x-max-priority: [1]}}]\nsteps: [publish: {key: a}]":        "arguments: x-max-priority",
		"setup: [queue: {name: a, arguments: {x-message-ttl: soon}}]\nsteps: [publish: {key: a}]":        "x-message-ttl",
		"setup: [queue: a, consumer: {name: w, queue: a}]\nsteps: [publish: {key: a}, work: w, work: w]": "has done the work",
	} {
		got := play(t, yaml)
		if got.Wrong == nil || !strings.Contains(got.Wrong.Why, want) {
			t.Errorf("%s:\n%+v, want %s", yaml, got.Wrong, want)
		}
	}
}
