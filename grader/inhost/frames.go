package inhost

import (
	"cmp"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// maxFrames bounds the wire frames that go with the journal of one run.
const maxFrames = 500

// framesOf returns the frames of a run that evidence keeps: those of the run without
// a fault, and of a run that fails a check.
func framesOf(journal *brokers.Journal, out *trial.Outcome) map[uint64]brokers.Frame {
	var proof []uint64
	failed := false
	for _, r := range out.Results {
		failed = failed || !r.OK
		proof = append(proof, r.Events...)
	}
	if !failed && out.Fault.Kind != trial.None || len(out.Events) == 0 {
		return nil
	}
	at := out.Events[len(out.Events)-1].Seq
	if len(proof) > 0 {
		at = slices.Min(proof)
	}
	return framesNear(journal, out.Events, at)
}

// framesNear returns the frames of the events nearest to one, at most maxFrames.
func framesNear(journal *brokers.Journal, events []brokers.Event, at uint64) map[uint64]brokers.Frame {
	after, _ := slices.BinarySearchFunc(events, at, func(e brokers.Event, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	frames := make(map[uint64]brokers.Frame)
	take := func(i int) {
		if i < 0 || i >= len(events) || events[i].Frame == 0 || len(frames) >= maxFrames {
			return
		}
		if f, ok := journal.Frame(events[i].Frame); ok {
			frames[f.ID] = f
		}
	}
	for distance := 0; distance <= len(events) && len(frames) < maxFrames; distance++ {
		take(after + distance)
		take(after - 1 - distance)
	}
	return frames
}
