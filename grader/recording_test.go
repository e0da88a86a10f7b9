package grader

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
)

// TestRecording opens the run that the verdict is about, at the first event that
// proves it, and every other run that is kept.
func TestRecording(t *testing.T) {
	lab := workQueue(t)
	ev := ackFirstEvidence(t, lab)
	ev.Frames["crash-acked-2"] = map[uint64]brokers.Frame{3: {ID: 3, Name: "basic.ack"}}
	for _, lang := range labs.Languages {
		rec, err := RecordingOf(lab, ev, "", lang)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Schedule != "crash-acked-2" || rec.At != 13 || !slices.Equal(rec.Proof, []uint64{13, 14, 15}) {
			t.Errorf("%s: schedule %q at %d, proof %v", lang, rec.Schedule, rec.At, rec.Proof)
		}
		if len(rec.Events) != len(ev.Journals["crash-acked-2"]) || len(rec.Texts) != len(rec.Events) || rec.Texts[13] == "" {
			t.Errorf("%s: %d events, %d texts", lang, len(rec.Events), len(rec.Texts))
		}
		if rec.Frames[3].Name != "basic.ack" || rec.Sentence != Render(lab, ev, lang).Sentence || rec.Passed {
			t.Errorf("%s: %+v", lang, rec)
		}
		if want := (&renderer{words: wordsIn(lang), lab: lab}).ref("8", 8); strings.Replace(rec.Names["event.message"], "{label}", "8", 1) != want {
			t.Errorf("%s: messages are called %q, want as in %q", lang, rec.Names["event.message"], want)
		}
		if want := (&renderer{words: wordsIn(lang), lab: lab}).ref("", 6); strings.Replace(rec.Names["event.nameless"], "{message}", "6", 1) != want {
			t.Errorf("%s: messages without a name are called %q, want as in %q", lang, rec.Names["event.nameless"], want)
		}
		var runs []string
		for _, ref := range rec.Runs {
			if ref.Failed == (ref.Schedule == "crash-effect-2") || ref.Title == "" {
				t.Errorf("%s: %+v", lang, ref)
			}
			runs = append(runs, ref.Schedule)
		}
		if !slices.Equal(runs, []string{BaselineID, "crash-acked-2", "crash-effect-2"}) {
			t.Errorf("%s: runs %v", lang, runs)
		}
	}
	survived, err := RecordingOf(lab, ev, "crash-effect-2", "en")
	if err != nil {
		t.Fatal(err)
	}
	if at := survived.Events[slices.IndexFunc(survived.Events, func(e brokers.Event) bool { return e.Kind == brokers.Crash })]; survived.At != at.Seq {
		t.Errorf("a run that survives opens at %d, want its crash at %d", survived.At, at.Seq)
	}
	if rec, err := RecordingOf(lab, ev, "nothing", "en"); !errors.Is(err, ErrNoRecording) {
		t.Errorf("%v, error %v", rec, err)
	}
}

// TestFaultPointsAreKept keeps the journals of other runs while there is room, those
// that failed first, each with what proves it; and the strip says which.
func TestFaultPointsAreKept(t *testing.T) {
	lab := workQueue(t)
	ev := ackFirstEvidence(t, lab)
	run := func(id string, events int, failed bool) trial.Outcome {
		o := trial.Outcome{Fault: trial.Fault{ID: id, Kind: trial.Crash, After: brokers.Acked, Nth: 1}, Results: map[string]property.Result{}}
		for i := range uint64(events) {
			o.Events = append(o.Events, brokers.Event{Seq: i + 1, Kind: brokers.Published, Source: "rabbitmq"})
		}
		o.Results["nothing-lost"] = property.Result{OK: !failed, Events: []uint64{2, 3}}
		return o
	}
	outcomes := []trial.Outcome{run("survived", mostKept-10, false), run("long", mostKept+1, true), run("failed", 11, true), run("short", 5, false)}
	ev.Schedules = nil
	for _, o := range outcomes {
		ev.Schedules = append(ev.Schedules, scheduleOf(lab, o))
	}
	ev.keepOthers(outcomes)
	kept := map[string]bool{}
	for _, p := range Render(lab, ev, "en").Points {
		kept[p.ID] = p.Kept
	}
	if want := map[string]bool{"survived": false, "long": false, "failed": true, "short": true}; !maps.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
	if rec, err := RecordingOf(lab, ev, "failed", "en"); err != nil || rec.At != 2 || !slices.Equal(rec.Proof, []uint64{2, 3}) {
		t.Errorf("%v: %+v", err, rec)
	}
}

// TestRecordingIsWhole keeps every event of a run, however many there are, and words
// for those about its proof.
func TestRecordingIsWhole(t *testing.T) {
	lab := workQueue(t)
	ev := ackFirstEvidence(t, lab)
	var long []brokers.Event
	for i := range uint64(15_000) {
		long = append(long, brokers.Event{Seq: i + 1, Kind: brokers.Published, Source: "rabbitmq", Key: "orders"})
	}
	ev.keep("crash-acked-2", trial.Outcome{Events: long})
	ev.check("nothing-lost").Counter.Events = []uint64{9000}
	rec, err := RecordingOf(lab, ev, "crash-acked-2", "en")
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Events) != len(long) || len(rec.Texts) != maxTexts || rec.Texts[9000] == "" || rec.At != 9000 {
		t.Errorf("%d events, %d texts, at %d", len(rec.Events), len(rec.Texts), rec.At)
	}
}

// TestAQuestionBlamesNoRun: the run beside a question without an answer has not failed.
func TestAQuestionBlamesNoRun(t *testing.T) {
	lab := workQueue(t)
	if v := Render(lab, ackFirstEvidence(t, lab), "en"); v.Replay == nil || !v.Replay.Failing {
		t.Errorf("a run that loses an order: %+v, want one that is failing", v.Replay)
	}
	_, asked := foresight(t)
	ev := judged(t, asked, "dies-before: 1\n")
	ev.Baseline = &Run{}
	ev.Journals = map[string][]brokers.Event{BaselineID: {{Seq: 1, Kind: brokers.Published}}}
	if v := Render(asked, ev, "en"); v.Replay == nil || v.Replay.Failing {
		t.Errorf("a question without an answer: %+v, want the run, not failing", v.Replay)
	}
}
