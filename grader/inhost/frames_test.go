package inhost

import (
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/property"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// TestFramesOfARun keeps the frames nearest to what a check points to, and none of
// a run under a fault that nothing is wrong with.
func TestFramesOfARun(t *testing.T) {
	journal := brokers.NewJournal(10_000, brokers.Refuse, brokers.NewVirtualClock(time.Unix(0, 0)))
	for range 2000 {
		journal.Handling(brokers.RawFrame{Client: "c1", Bytes: []byte("ack"), Explain: func([]byte) (string, []brokers.Field) { return "basic.ack", nil }})
		journal.Append(brokers.Event{Kind: brokers.Acked})
		journal.Handled()
		journal.Append(brokers.Event{Kind: brokers.Routed}) // of the broker's own
	}
	out := trial.Outcome{
		Fault: trial.Fault{Kind: trial.Crash}, Events: journal.Since(0),
		Results: map[string]property.Result{"kept": {OK: true}, "lost": {OK: false, Events: []uint64{2001, 2003}}},
	}
	frames := framesOf(journal, &out)
	if len(frames) != maxFrames {
		t.Fatalf("%d frames, want %d", len(frames), maxFrames)
	}
	for _, e := range out.Events {
		_, kept := frames[e.Frame]
		if near := e.Frame != 0 && e.Seq > 2001-490 && e.Seq < 2001+490; near != kept && (near || e.Seq < 1400 || e.Seq > 2600) {
			t.Fatalf("event %d, frame %d: kept %t", e.Seq, e.Frame, kept)
		}
	}
	if f := frames[out.Events[2000].Frame]; f.Name != "basic.ack" || string(f.Bytes) != "ack" {
		t.Errorf("frame of the proof: %+v", f)
	}
	out.Results = map[string]property.Result{"kept": {OK: true}}
	if frames := framesOf(journal, &out); frames != nil {
		t.Errorf("%d frames of a run that passed", len(frames))
	}
}
