package property

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// A record is one message of a log: it stays where it is, and readers move past it.
type record struct {
	published brokers.Event
	delivered brokers.Event // the newest delivery to a group or a reader; Seq 0 if none
	passed    brokers.Event // the first commit beyond it; Seq 0 if none
	early     brokers.Event // the first commit beyond it that came before any effect
	effects   []brokers.Event
}

// history of the partitions of one topic. Places are partitions, as "topic/0", and
// tags are offsets in them.
type logs struct {
	records   []*record                     // in the order in which they came
	byPlace   map[string]map[uint64]*record // by partition and offset
	ahead     map[string][]*record          // by partition, what no commit has moved past
	byLabel   map[string][]*record          // a record that was published twice is there twice
	commits   []brokers.Event               //
	strangers []brokers.Event               // commits of other groups than the one that is meant
	effects   int                           // of the service
	fault     brokers.Event                 // the last crash or disconnection; Seq 0 if none
	refusals  map[string]brokers.Event      // the last request that the service refused, by label
}

// inTopic reports whether a place is a partition of a topic.
func inTopic(place, topic string) bool {
	at := strings.LastIndexByte(place, '/')
	return at >= 0 && place[:at] == topic
}

// read follows the records of a topic, the effects of a service on them, and the
// commits of a group, or of every group if none is named.
func read(events []brokers.Event, topic, group, service string) *logs {
	l := &logs{byPlace: make(map[string]map[uint64]*record), ahead: make(map[string][]*record), byLabel: make(map[string][]*record), refusals: make(map[string]brokers.Event)}
	for _, e := range events {
		switch {
		case e.Kind == brokers.Crash || e.Kind == brokers.Disconnected:
			l.fault = e
		case e.Kind == brokers.Effect && e.Source == service && service != "":
			l.effects++
			for _, r := range l.byLabel[e.Label] {
				r.effects = append(r.effects, e)
			}
		case e.Kind == brokers.Refused && e.Source == service && service != "":
			l.refusals[e.Label] = e
		case !inTopic(e.Place, topic):
		case e.Kind == brokers.Published:
			l.add(e)
		case e.Kind == brokers.Delivered && (group == "" || e.Group == group):
			if r := l.byPlace[e.Place][e.Tag]; r != nil {
				r.delivered = e
			}
		case e.Kind == brokers.Committed && (group == "" || e.Group == group):
			l.commit(e)
		case e.Kind == brokers.Committed:
			l.strangers = append(l.strangers, e)
		}
	}
	return l
}

func (l *logs) add(e brokers.Event) {
	r := &record{published: e}
	l.records = append(l.records, r)
	if l.byPlace[e.Place] == nil {
		l.byPlace[e.Place] = make(map[uint64]*record)
	}
	l.byPlace[e.Place][e.Tag] = r
	l.ahead[e.Place] = append(l.ahead[e.Place], r)
	if e.Label != "" {
		l.byLabel[e.Label] = append(l.byLabel[e.Label], r)
	}
}

// commit notes which records a group has moved past. A commit says at which offset
// the group will go on.
func (l *logs) commit(e brokers.Event) {
	l.commits = append(l.commits, e)
	ahead := l.ahead[e.Place]
	for len(ahead) > 0 && ahead[0].published.Tag < e.Tag {
		r := ahead[0]
		r.passed = e
		if len(r.effects) == 0 {
			r.early = e
		}
		ahead = ahead[1:]
	}
	l.ahead[e.Place] = ahead
}

// neverCommitted says that the group that is meant has committed nothing, and which other
// one has, if any.
func (l *logs) neverCommitted(f Facts) Result {
	if len(l.strangers) == 0 {
		return fails("never-committed", f)
	}
	other := l.strangers[0]
	f.To, f.Line = other.Group, other.Line
	return fails("never-committed", f, other.Seq)
}

// labelled are the records that the lab has a name for.
func (l *logs) labelled() []*record {
	return slices.DeleteFunc(slices.Clone(l.records), func(r *record) bool { return r.published.Label == "" })
}

func (r *record) facts(service string) Facts {
	return Facts{Label: r.published.Label, Message: r.published.Message, Queue: r.published.Place, Service: service}
}

func (r *record) firstEffect() uint64 {
	if len(r.effects) > 0 {
		return r.effects[0].Seq
	}
	return 0
}

// noCommitBeforeEffect holds when no group moves past a record before the service
// has had its effect, and a group moves at all. Parameters: topic, service; group, if
// only one is meant.
func noCommitBeforeEffect(events []brokers.Event, p Params) Result {
	topic, service := p.text("topic"), p.text("service")
	l := read(events, topic, p.text("group"), service)
	for _, r := range l.labelled() {
		if r.early.Seq == 0 {
			continue
		}
		f := r.facts(service)
		f.Line = r.early.Line
		if r.delivered.Seq == 0 || r.delivered.Seq > r.early.Seq {
			return fails("committed-unread", f, r.published.Seq, r.early.Seq)
		}
		return fails("committed-early", f, r.delivered.Seq, r.early.Seq, r.firstEffect())
	}
	if len(l.commits) == 0 {
		return unreached(l.effects == 0, l.neverCommitted(Facts{Queue: topic, Service: service}))
	}
	return holds
}

// everyRecordDone holds when the service has had an effect for every record of a
// topic that can be read. Parameters: topic, service; group; except, labels that no
// effect is expected of; amount if the effect has to be what this field of the record
// asks for.
func everyRecordDone(events []brokers.Event, p Params) Result {
	topic, service, except := p.text("topic"), p.text("service"), texts(p["except"])
	l := read(events, topic, p.text("group"), service)
	var worst *record
	missing := 0
	for _, r := range l.labelled() {
		if len(r.effects) > 0 || slices.Contains(except, r.published.Label) {
			continue
		}
		missing++
		if worst == nil || worst.passed.Seq == 0 && r.passed.Seq > 0 {
			worst = r
		}
	}
	if worst == nil {
		return l.amounts(service)
	}
	f := worst.facts(service)
	f.Count = missing
	no := l.refusals[worst.published.Label]
	switch {
	case worst.passed.Seq > 0:
		f.Line, f.FirstLine = worst.passed.Line, no.Line
		f.Crashed = l.fault.Seq > worst.passed.Seq
		fault := l.fault.Seq
		if !f.Crashed {
			fault = 0
		}
		return fails("record-lost", f, cmp.Or(worst.delivered.Seq, worst.published.Seq), no.Seq, worst.passed.Seq, fault)
	case l.effects == 0:
		return unreached(worst.delivered.Seq == 0, fails("no-record-done", f, worst.delivered.Seq))
	}
	f.Held, f.Line = worst.delivered.Seq > 0, worst.delivered.Line
	return fails("record-undone", f, worst.published.Seq, worst.delivered.Seq)
}

// amounts compares what the service did with what the records ask for.
func (l *logs) amounts(service string) Result {
	for _, r := range l.labelled() {
		for _, e := range r.effects {
			text, wrong := strings.CutPrefix(e.Reason, Want)
			if want, err := strconv.Atoi(text); wrong && err == nil {
				f := r.facts(service)
				f.Count, f.Max, f.Line = int(e.N), want, e.Line
				return fails("wrong-amount", f, r.published.Seq, e.Seq)
			}
		}
	}
	return holds
}

// allCommitted holds when the group's last commit in each partition is behind its
// last record. Parameters: topic, group.
func allCommitted(events []brokers.Event, p Params) Result {
	topic, group := p.text("topic"), p.text("group")
	l := read(events, topic, group, "")
	last := make(map[string]brokers.Event)
	for _, e := range l.commits {
		last[e.Place] = e
	}
	f := Facts{Queue: topic, Key: group}
	if len(l.commits) == 0 {
		none := !slices.ContainsFunc(l.records, func(r *record) bool { return r.delivered.Seq > 0 })
		return unreached(none, l.neverCommitted(f))
	}
	for _, place := range sortedKeys(l.byPlace) {
		newest := slices.MaxFunc(slices.Collect(maps.Values(l.byPlace[place])), func(a, b *record) int {
			return cmp.Compare(a.published.Tag, b.published.Tag)
		})
		if commit := last[place]; commit.Seq == 0 || commit.Tag <= newest.published.Tag {
			f := newest.facts("")
			f.Key, f.Count, f.Max, f.Line = group, int(commit.Tag), int(newest.published.Tag)+1, commit.Line
			f.Held = commit.Seq > 0
			return fails("left-uncommitted", f, newest.published.Seq, newest.delivered.Seq, commit.Seq)
		}
	}
	return holds
}

// noDuplicates holds when no label is in the log of a topic twice. Parameter: topic.
func noDuplicates(events []brokers.Event, p Params) Result {
	l := read(events, p.text("topic"), "", "")
	for _, r := range l.labelled() {
		if same := l.byLabel[r.published.Label]; len(same) > 1 {
			f := same[1].facts("")
			f.Count, f.Line = len(same), same[1].published.Line
			return fails("in-log-twice", f, same[0].published.Seq, same[1].published.Seq)
		}
	}
	if len(l.records) == 0 {
		return unreached(true, fails("log-empty", Facts{Queue: p.text("topic")}))
	}
	return holds
}

// perKeyOrder holds when the records of each key are in one partition, all of them,
// in the order that the check gives. A record that is there twice counts once, where
// it is first. Parameters: topic; order: the labels by key.
func perKeyOrder(events []brokers.Event, p Params) Result {
	topic, want := p.text("topic"), p.list("order")
	l := read(events, topic, "", "")
	if len(l.records) == 0 {
		return unreached(true, fails("log-empty", Facts{Queue: topic}))
	}
	for _, key := range sortedKeys(want) {
		var before *record
		for _, label := range want[key] {
			f := Facts{Label: label, Key: key, Queue: topic}
			same := l.byLabel[label]
			if len(same) == 0 {
				return fails("record-missing", f)
			}
			r := same[0]
			f = r.facts("")
			f.Key, f.Line = key, r.published.Line
			switch {
			case r.published.Key != key:
				f.Pattern = r.published.Key
				return fails("key-wrong", f, r.published.Seq)
			case before != nil && before.published.Place != r.published.Place:
				f.To = before.published.Place
				return fails("key-scattered", f, before.published.Seq, r.published.Seq)
			case before != nil && before.published.Tag > r.published.Tag:
				f.To = before.published.Label
				return fails("out-of-order", f, before.published.Seq, r.published.Seq)
			}
			before = r
		}
	}
	return holds
}

// noRepeats holds when the service was asked once for each record, also where it would
// have known a repeat by its key. Parameters: topic, service.
func noRepeats(events []brokers.Event, p Params) Result {
	service := p.text("service")
	l := read(events, p.text("topic"), "", service)
	for _, r := range l.labelled() {
		if len(r.effects) > 1 {
			f := r.facts(service)
			f.Count, f.Line = len(r.effects), r.effects[1].Line
			return fails("record-repeated", f, r.published.Seq, r.effects[0].Seq, r.effects[1].Seq)
		}
	}
	return unless(l.effects == 0, fails("no-record-done", Facts{Queue: p.text("topic"), Service: service}))
}

// unless is r when something is missing, and else says that the property holds.
func unless(missing bool, r Result) Result {
	if missing {
		return unreached(true, r)
	}
	return holds
}

// spreadOver holds when the records of a topic are in so many partitions, or more.
// Parameters: topic, partitions.
func spreadOver(events []brokers.Event, p Params) Result {
	topic, want := p.text("topic"), p.number("partitions")
	l := read(events, topic, "", "")
	switch n := len(l.byPlace); {
	case n == 0:
		return unreached(true, fails("log-empty", Facts{Queue: topic}))
	case n < want:
		last := l.records[len(l.records)-1]
		f := last.facts("")
		f.Count, f.Max, f.Line, f.Key = n, want, last.published.Line, last.published.Key
		return fails("not-spread", f, l.records[0].published.Seq, last.published.Seq)
	}
	return holds
}

// replayedFrom holds when the program's first read of each partition begins exactly
// where it should, and goes on to the end. Parameters: topic; from: the offset by
// partition, as {"payments/0": 12}.
func replayedFrom(events []brokers.Event, p Params) Result {
	topic := p.text("topic")
	from, _ := p["from"].(map[string]any)
	l := read(events, topic, "", "")
	first := make(map[string]brokers.Event)
	seen := make(map[string]map[uint64]bool)
	for _, e := range events {
		if e.Kind != brokers.Delivered || !inTopic(e.Place, topic) {
			continue
		}
		if seen[e.Place] == nil {
			seen[e.Place] = make(map[uint64]bool)
			first[e.Place] = e
		}
		seen[e.Place][e.Tag] = true
	}
	for _, place := range sortedKeys(from) {
		start := uint64(Params(from).number(place))
		e := first[place]
		f := Facts{Queue: place, Label: e.Label, Message: e.Message, Line: e.Line, Max: int(start), Count: int(e.Tag)}
		switch {
		case e.Seq == 0:
			return fails("not-replayed", f)
		case e.Tag < start:
			return fails("replayed-too-much", f, e.Seq)
		case e.Tag > start:
			return fails("replayed-too-little", f, e.Seq)
		}
		for _, r := range l.records {
			if r.published.Place == place && r.published.Tag >= start && !seen[place][r.published.Tag] {
				f.Label, f.Message, f.Count = r.published.Label, r.published.Message, int(r.published.Tag)
				return fails("replay-stopped", f, e.Seq, r.published.Seq)
			}
		}
	}
	return holds
}
