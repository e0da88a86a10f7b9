package property

import (
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// topicDeclared holds when a topic was made, and has so many partitions in the end: of
// those that it got later the journal has the election of their first leader.
// Parameters: topic, partitions.
func topicDeclared(events []brokers.Event, p Params) Result {
	topic, want := p.text("topic"), p.number("partitions")
	var made brokers.Event
	others := 0
	for _, e := range events {
		switch {
		case e.Kind == brokers.Declared && e.Place == topic:
			made = e
		case e.Kind == brokers.Deleted && e.Place == topic:
			made = brokers.Event{}
		case e.Kind == brokers.Elected && made.Seq > 0 && inTopic(e.Place, topic):
			if n, err := strconv.ParseInt(strings.TrimPrefix(e.Place, topic+"/"), 10, 32); err == nil {
				made.N = max(made.N, n+1)
			}
		case e.Kind == brokers.Declared && e.Line > 0:
			others++
		}
	}
	f := Facts{Queue: topic, Max: want, Count: int(made.N), Line: made.Line}
	switch {
	case made.Seq == 0:
		return unreached(others == 0, fails("no-topic", f))
	case int(made.N) != want:
		return fails("wrong-partitions", f, made.Seq)
	}
	return holds
}

// readWhole holds when every record of a topic was read. Parameter: topic.
func readWhole(events []brokers.Event, p Params) Result {
	topic := p.text("topic")
	l := read(events, topic, "", "")
	if len(l.records) == 0 {
		return unreached(true, fails("log-empty", Facts{Queue: topic}))
	}
	var first *record
	seen := 0
	for _, r := range l.records {
		if r.delivered.Seq > 0 {
			seen++
		} else if first == nil {
			first = r
		}
	}
	if first == nil {
		return holds
	}
	f := first.facts("")
	f.Queue, f.Count, f.Max, f.Pattern = topic, seen, len(l.records), first.published.Place
	if seen == 0 {
		return fails("nothing-read", f, first.published.Seq)
	}
	return fails("read-partly", f, first.published.Seq)
}
