package property

import (
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// A row of a table says which queues a routing key is to reach.
type row struct {
	key    string
	queues []string
}

// table reads the rows of a check, in the order of lab.yaml.
func (p Params) table() []row {
	items, _ := p["table"].([]any)
	var rows []row
	for _, item := range items {
		fields, _ := item.(map[string]any)
		key, _ := fields["key"].(string)
		rows = append(rows, row{key, texts(fields["queues"])})
	}
	return rows
}

func texts(v any) []string {
	items, _ := v.([]any)
	var out []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Probes returns the keys that a property wants published to an exchange when a
// run is over; most want none.
func Probes(name string, p Params) (exchange string, keys []string) {
	if name != "routed-exactly" {
		return "", nil
	}
	for _, r := range p.table() {
		keys = append(keys, r.key)
	}
	return p.text("exchange"), keys
}

// Hidden reports whether students are not shown what a check asks for.
func Hidden(p Params) bool {
	hidden, _ := p["hidden"].(bool)
	return hidden
}

// An Arrival is where a key went that was published to an exchange.
type Arrival struct {
	Queues  []string // in the order in which it reached them
	Refused string   // why the broker did not take it; then there are no queues
}

// Arrivals says where the host's own messages to an exchange went, by key.
func Arrivals(events []brokers.Event, exchange string) map[string]Arrival {
	out := make(map[string]Arrival)
	for key, p := range probed(events, exchange) {
		out[key] = Arrival{Queues: p.order, Refused: p.refused.Reason}
	}
	return out
}

// Matches reports whether a pattern of a topic exchange lets a key in.
func Matches(pattern, key string) bool { return matches(pattern, key) }

// routedExactly holds when each probed key has reached the queues of its row and
// no other. Parameters: exchange, table (a list of key and queues), queues, which are
// the only ones looked at if they are named, and hidden: the table is not shown to students.
func routedExactly(events []brokers.Event, p Params) Result {
	run, after := atEnd(events)
	exchange, only := p.text("exchange"), texts(p["queues"])
	bound, probes := bindings(run), probed(after, exchange)
	for _, r := range p.table() {
		probe := probes[r.key]
		switch {
		case probe == nil:
			return fails("key-refused", Facts{Exchange: exchange, Key: r.key})
		case probe.refused.Seq > 0:
			return fails("key-refused", Facts{Exchange: exchange, Key: r.key, What: probe.refused.Reason}, probe.refused.Seq)
		}
		for _, queue := range judged(only, r, probe) {
			_, got := probe.reached[queue]
			switch wants := slices.Contains(r.queues, queue); {
			case wants && !got:
				return missed(bound, exchange, queue, r.key, probe)
			case got && !wants:
				return strayed(bound, exchange, queue, r.key, probe)
			}
		}
	}
	return holds
}

// judged are the queues that a row is compared for, those that want the key first.
func judged(only []string, r row, probe *probe) []string {
	queues := slices.Clone(r.queues)
	for _, queue := range probe.order {
		if !slices.Contains(queues, queue) {
			queues = append(queues, queue)
		}
	}
	if len(only) == 0 {
		return queues
	}
	return slices.DeleteFunc(queues, func(q string) bool { return !slices.Contains(only, q) })
}

// missed says why a queue did not get a key that it wants.
func missed(bound []brokers.Event, exchange, queue, key string, probe *probe) Result {
	f := Facts{Exchange: exchange, Queue: queue, Key: key}
	var patterns []string
	proof := []uint64{probe.published.Seq}
	var elsewhere brokers.Event
	inUse := false // the exchange sends something somewhere
	for _, b := range bound {
		switch {
		case b.Exchange == exchange && b.Reason != toExchange && b.Place == queue:
			patterns = append(patterns, b.Key)
			proof = append(proof, b.Seq)
			f.Line, f.File = b.Line, b.File
		case b.Exchange != exchange && b.Reason != toExchange && b.Place == queue && elsewhere.Seq == 0:
			elsewhere = b
		}
		inUse = inUse || b.Exchange == exchange
	}
	f.Count, f.Pattern = len(patterns), strings.Join(patterns, ", ")
	switch {
	case inUse && (f.Count > 0 || elsewhere.Seq == 0):
		return fails("key-missing", f, proof...)
	case elsewhere.Seq > 0:
		f.To, f.Pattern, f.Line, f.File = elsewhere.Exchange, elsewhere.Key, elsewhere.Line, elsewhere.File
		return fails("bound-elsewhere", f, elsewhere.Seq, probe.published.Seq)
	}
	return fails("none-bound", f, probe.published.Seq)
}

// strayed says how a key came into a queue that must not get it.
func strayed(bound []brokers.Event, exchange, queue, key string, probe *probe) Result {
	f := Facts{Exchange: exchange, Queue: queue, Key: key}
	proof := []uint64{probe.published.Seq, probe.reached[queue]}
	for _, b := range bound {
		if b.Exchange == exchange && b.Reason != toExchange && b.Place == queue && matches(b.Key, key) {
			f.Pattern, f.Line, f.File = b.Key, b.Line, b.File
			proof = append(proof, b.Seq)
			break
		}
	}
	return fails("key-extra", f, proof...)
}

// bindingsAtMost holds when there are no more than max bindings at the end, of
// all exchanges and to queues and exchanges alike. Parameter: max.
func bindingsAtMost(events []brokers.Event, p Params) Result {
	run, _ := atEnd(events)
	bound, limit := bindings(run), p.number("max")
	if len(bound) <= limit {
		return holds
	}
	var proof []uint64
	for _, b := range bound {
		proof = append(proof, b.Seq)
	}
	return fails("bindings-many", Facts{Count: len(bound), Max: limit, Line: bound[limit].Line, File: bound[limit].File}, proof...)
}

// atEnd cuts a journal behind the mark that a run is over: what follows is the
// host's probing.
func atEnd(events []brokers.Event) (run, after []brokers.Event) {
	for i := len(events) - 1; i >= 0; i-- {
		if e := events[i]; e.Kind == brokers.Exited || e.Kind == brokers.Stopped {
			return events[:i+1], events[i+1:]
		}
	}
	return events, nil
}

// toExchange is the Reason of a binding that leads to an exchange, which may be
// called as a queue is.
const toExchange = "exchange"

// bindings returns the event of each binding that is there at the end.
func bindings(events []brokers.Event) []brokers.Event {
	var bound []brokers.Event
	for _, e := range events {
		switch e.Kind {
		case brokers.Bound:
			bound = append(bound, e)
		case brokers.Unbound:
			i := slices.IndexFunc(bound, func(b brokers.Event) bool {
				return b.Place == e.Place && b.Exchange == e.Exchange && b.Key == e.Key && b.Reason == e.Reason
			})
			if i >= 0 {
				bound = slices.Delete(bound, i, i+1)
			}
		case brokers.Deleted:
			bound = slices.DeleteFunc(bound, func(b brokers.Event) bool { return ends(e, b) })
		}
	}
	return bound
}

// ends reports whether a deletion takes a binding with it.
func ends(gone, b brokers.Event) bool {
	if gone.Exchange != "" {
		return b.Exchange == gone.Exchange || b.Reason == toExchange && b.Place == gone.Exchange
	}
	return b.Reason != toExchange && b.Place == gone.Place
}

// A probe is what became of one key that the host has published.
type probe struct {
	published brokers.Event
	refused   brokers.Event     // by the broker, in its stead; Seq 0 if not
	reached   map[string]uint64 // Seq by queue
	order     []string          // the queues, as they were reached
}

// probed reads what followed the end of a run. Only the host can publish then: a
// program's own messages carry its connection.
func probed(after []brokers.Event, exchange string) map[string]*probe {
	probes := make(map[string]*probe)
	byMessage := make(map[uint64]*probe)
	for _, e := range after {
		switch {
		case e.Kind == brokers.Published && e.Client == "" && e.Exchange == exchange && probes[e.Key] == nil:
			probes[e.Key] = &probe{published: e, reached: make(map[string]uint64)}
			byMessage[e.Message] = probes[e.Key]
		case e.Kind == brokers.Refused && e.Source == "host" && e.Exchange == exchange && probes[e.Key] == nil:
			probes[e.Key] = &probe{refused: e}
		case e.Kind == brokers.Routed && byMessage[e.Message] != nil:
			p := byMessage[e.Message]
			if _, ok := p.reached[e.Place]; !ok {
				p.reached[e.Place] = e.Seq
				p.order = append(p.order, e.Place)
			}
		}
	}
	return probes
}

// matches reports whether a pattern of a topic exchange lets a key in. It keeps
// for each number of the key's words whether what was read of the pattern can
// stand for them.
func matches(pattern, key string) bool {
	keyWords := split(key)
	can := make([]bool, len(keyWords)+1)
	can[0] = true
	for _, word := range split(pattern) {
		next := make([]bool, len(can))
		for n := range can {
			switch {
			case word == "#":
				next[n] = can[n] || n > 0 && next[n-1]
			case n > 0:
				next[n] = can[n-1] && (word == "*" || word == keyWords[n-1])
			}
		}
		can = next
	}
	return can[len(keyWords)]
}

// split returns the words of a key; the empty key has none.
func split(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, ".")
}
