package property

import (
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// committedRecords are the records of a topic that a reader of committed ones gets: all
// that were written without a transaction, and those whose transaction was committed. In
// a partition, one transaction follows the other.
func committedRecords(events []brokers.Event, topic string) []brokers.Event {
	type part struct{ place, transaction string }
	open := make(map[part][]brokers.Event)
	var out []brokers.Event
	for _, e := range events {
		switch {
		case !inTopic(e.Place, topic):
		case e.Kind == brokers.Published && e.Reason != "":
			open[part{e.Place, e.Reason}] = append(open[part{e.Place, e.Reason}], e)
		case e.Kind == brokers.Published:
			out = append(out, e)
		case e.Kind == brokers.TxnCommit:
			out = append(out, open[part{e.Place, e.Key}]...)
			delete(open, part{e.Place, e.Key})
		case e.Kind == brokers.TxnAbort:
			delete(open, part{e.Place, e.Key})
		}
	}
	slices.SortFunc(out, func(a, b brokers.Event) int { return int(a.Seq) - int(b.Seq) })
	return out
}

// resultsExactly holds when a reader of committed records finds each of the results in a
// topic once, and nothing else. A result is a label whose last word is its value; what
// comes before says what it is the value of. Parameters: topic, results.
func resultsExactly(events []brokers.Event, p Params) Result {
	topic, want := p.text("topic"), texts(p["results"])
	found := make(map[string][]brokers.Event)
	records := committedRecords(events, topic)
	for _, e := range records {
		found[e.Label] = append(found[e.Label], e)
	}
	fault := lastFault(events)
	if len(records) == 0 && len(want) > 0 {
		return fails("no-result", Facts{Queue: topic, Max: len(want)}, fault)
	}
	for _, e := range records {
		f := Facts{Label: e.Label, Message: e.Message, Queue: topic, Line: e.Line, Crashed: fault > 0 && fault < e.Seq}
		same := found[e.Label]
		switch {
		case slices.Contains(want, e.Label) && len(same) > 1:
			f.Count, f.Line = len(same), same[1].Line
			f.Crashed = fault > same[0].Seq && fault < same[1].Seq
			return fails("result-twice", f, same[0].Seq, fault, same[1].Seq)
		case slices.Contains(want, e.Label):
			continue
		}
		at := slices.IndexFunc(want, func(w string) bool { return subject(w) != "" && subject(w) == subject(e.Label) })
		if at < 0 {
			return fails("result-surplus", f, fault, e.Seq)
		}
		f.Key = want[at]
		return fails("result-wrong", f, fault, e.Seq)
	}
	for _, label := range want {
		if len(found[label]) == 0 {
			return fails("result-missing", Facts{Label: label, Queue: topic, Crashed: fault > 0}, fault)
		}
	}
	return holds
}

// subject is a label without its value, the last word; empty when it has one word only.
func subject(label string) string {
	at := strings.LastIndexByte(label, ' ')
	return label[:max(at, 0)]
}

// lastFault is the Seq of the last fault that was injected, or 0.
func lastFault(events []brokers.Event) (seq uint64) {
	for _, e := range events {
		if injected(e) {
			seq = e.Seq
		}
	}
	return seq
}
