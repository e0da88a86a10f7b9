package grader

import (
	"errors"
	"slices"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
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
		var runs []string
		for _, ref := range rec.Runs {
			if !ref.Failed || ref.Title == "" {
				t.Errorf("%s: %+v", lang, ref)
			}
			runs = append(runs, ref.Schedule)
		}
		if !slices.Equal(runs, []string{BaselineID, "crash-acked-2"}) {
			t.Errorf("%s: runs %v", lang, runs)
		}
	}
	for _, schedule := range []string{"crash-effect-2", "nothing"} {
		if rec, err := RecordingOf(lab, ev, schedule, "en"); !errors.Is(err, ErrNoRecording) {
			t.Errorf("%q: %v, error %v", schedule, rec, err)
		}
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
