package property

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/brokerlab/brokerlab/brokers"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// groupCovers holds when a group has had enough members, and when in the last sharing
// of its partitions every partition of the topic has exactly one owner. While a group
// rebalances step by step, a partition may have none for a moment, so only the last
// generation has to be complete; two owners are one too many in any. Parameters:
// topic, group, partitions: how many; members: the least number at some moment.
func groupCovers(events []brokers.Event, p Params) Result {
	topic, group, members := p.text("topic"), p.text("group"), p.number("members")
	type share struct {
		generation uint64
		place      string
	}
	owners := make(map[share]brokers.Event)
	most, last := brokers.Event{}, brokers.Event{}
	f := Facts{Queue: topic, Key: group}
	for _, e := range events {
		if e.Group != group {
			continue
		}
		switch {
		case e.Kind == brokers.Joined && e.N > most.N:
			most = e
		case e.Kind == brokers.Assigned:
			last = e
			at := share{e.Tag, e.Place}
			if owner, ok := owners[at]; ok && owner.Consumer != e.Consumer && inTopic(e.Place, topic) {
				f.Queue, f.To, f.Pattern = e.Place, owner.Consumer, e.Consumer
				return fails("owned-twice", f, owner.Seq, e.Seq)
			}
			owners[at] = e
		}
	}
	switch {
	case last.Seq == 0:
		return fails("no-group", f)
	case int(most.N) < members:
		f.Count, f.Max, f.Line = int(most.N), members, most.Line
		return fails("too-few-members", f, most.Seq)
	}
	for n := range p.number("partitions") {
		place := topic + "/" + strconv.Itoa(n)
		if owners[share{last.Tag, place}].Seq == 0 {
			f.Queue = place
			return fails("uncovered", f, last.Seq)
		}
	}
	return holds
}

// A span is a run of offsets of a partition.
type span struct {
	place    string
	from, to uint64 // to is not part of it
}

func spanOf(e brokers.Event) span { return span{e.Place, e.Tag, e.Tag + uint64(max(e.N, 1))} }

func (s span) holds(place string, offset uint64) bool {
	return s.place == place && offset >= s.from && offset < s.to
}

// replicatedTo holds when every record that was confirmed had so many copies by then,
// the leader's included, and none that was confirmed is lost. It wants confirms.
// Parameters: topic, replicas.
func replicatedTo(events []brokers.Event, p Params) Result {
	topic, replicas := p.text("topic"), p.number("replicas")
	type copied struct {
		span
		node int
		seq  uint64
	}
	var copies []copied
	var confirms []brokers.Event
	published := make(map[string]map[uint64]brokers.Event)
	for _, e := range events {
		if !inTopic(e.Place, topic) {
			continue
		}
		switch e.Kind {
		case brokers.Published:
			if published[e.Place] == nil {
				published[e.Place] = make(map[uint64]brokers.Event)
			}
			published[e.Place][e.Tag] = e
		case brokers.Replicated:
			copies = append(copies, copied{spanOf(e), e.Node, e.Seq})
		case brokers.Confirmed:
			confirms = append(confirms, e)
		case brokers.Lost:
			for _, c := range confirms {
				if spanOf(c).holds(e.Place, e.Tag) {
					sent := published[e.Place][e.Tag]
					f := Facts{Label: cmp.Or(e.Label, sent.Label), Message: cmp.Or(e.Message, sent.Message), Queue: e.Place, Line: sent.Line}
					return fails("confirmed-lost", f, sent.Seq, c.Seq, e.Seq)
				}
			}
		}
	}
	if len(confirms) == 0 {
		return unreached(len(published) == 0, fails("never-confirmed", Facts{Queue: topic, Max: replicas}))
	}
	for _, c := range confirms {
		s := spanOf(c)
		for offset := s.from; offset < s.to; offset++ {
			sent := published[c.Place][offset]
			nodes := map[int]bool{sent.Node: true}
			for _, r := range copies {
				if r.seq < c.Seq && r.holds(c.Place, offset) {
					nodes[r.node] = true
				}
			}
			if len(nodes) < replicas {
				f := Facts{Label: sent.Label, Message: sent.Message, Queue: c.Place, Line: sent.Line, Count: len(nodes), Max: replicas}
				return fails("confirmed-alone", f, sent.Seq, c.Seq)
			}
		}
	}
	return holds
}
