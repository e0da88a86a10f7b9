package inhost

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/sandbox/console"
)

// maxTrace bounds how many trace records of one run are kept.
const maxTrace = 50_000

// causes gives, for an event kind, the traced calls that can lead to it. A name
// that ends in a dot stands for everything that begins with it.
var causes = map[brokers.Kind][]string{
	brokers.Acked:      {"amqp.Delivery.Ack", "amqp.Channel.Ack"},
	brokers.Nacked:     {"amqp.Delivery.Nack", "amqp.Channel.Nack"},
	brokers.Rejected:   {"amqp.Delivery.Reject", "amqp.Channel.Reject"},
	brokers.Effect:     {"main.", "http."},
	brokers.Refused:    {"amqp."},
	brokers.Published:  {"amqp.Channel.Publish", "amqp.Channel.PublishWithContext", "amqp.Channel.PublishWithDeferredConfirm", "amqp.Channel.PublishWithDeferredConfirmWithContext"},
	brokers.Subscribed: {"amqp.Channel.Consume", "amqp.Channel.ConsumeWithContext"},
	brokers.Declared:   {"amqp.Channel.QueueDeclare", "amqp.Channel.QueueDeclarePassive", "amqp.Channel.ExchangeDeclare"},
	brokers.Bound:      {"amqp.Channel.QueueBind", "amqp.Channel.ExchangeBind"},
	brokers.Opened:     {"amqp.Dial", "amqp.DialConfig"},
}

// causesInLogs are the same for Kafka's clients. What a group does begins with its
// client, and ends when that is closed.
var causesInLogs = map[brokers.Kind][]string{
	brokers.Published: {"kgo.Client.Produce", "kgo.Client.ProduceSync", "kgo.Client.TryProduce"},
	brokers.Duplicate: {"kgo.Client.Produce", "kgo.Client.ProduceSync", "kgo.Client.TryProduce"},
	brokers.Delivered: polls,
	brokers.Committed: {
		"kgo.Client.CommitRecords", "kgo.Client.CommitOffsets", "kgo.Client.CommitOffsetsSync", "kgo.Client.CommitUncommittedOffsets", "kgo.Client.CommitMarkedOffsets",
		"kgo.Client.Close", "kgo.Client.CloseAllowingRebalance", "kgo.Client.LeaveGroup", "kgo.Client.PollFetches", "kgo.Client.PollRecords", // commits of the client's own
		"kgo.GroupTransactSession.End", "kadm.Client.CommitOffsets", "kadm.Client.CommitAllOffsets", "kadm.Client.CommitOffsetsForTopics",
	},
	brokers.Opened:    {"kgo.NewClient", "kgo.NewGroupTransactSession"},
	brokers.Joined:    {"kgo.NewClient", "kgo.NewGroupTransactSession"},
	brokers.Assigned:  {"kgo.NewClient", "kgo.NewGroupTransactSession"},
	brokers.Left:      {"kgo.Client.Close", "kgo.Client.CloseAllowingRebalance", "kgo.Client.LeaveGroup", "kgo.Client.LeaveGroupContext"},
	brokers.Declared:  {"kadm.Client.CreateTopic", "kadm.Client.CreateTopics"},
	brokers.Deleted:   {"kadm.Client.DeleteTopic", "kadm.Client.DeleteTopics"},
	brokers.TxnBegan:  {"kgo.Client.BeginTransaction", "kgo.GroupTransactSession.Begin"},
	brokers.TxnCommit: {"kgo.Client.EndTransaction", "kgo.GroupTransactSession.End"},
	brokers.TxnAbort:  {"kgo.Client.EndTransaction", "kgo.GroupTransactSession.End"},
	brokers.Refused:   {"kgo.", "kadm."},
}

// receives are the calls that wait for a delivery.
var receives = []string{"receive amqp.Delivery", "amqp.Channel.Get"}

// polls are the calls that wait for records. The client fetches them ahead.
var polls = []string{"kgo.Client.PollFetches", "kgo.Client.PollRecords", "kgo.GroupTransactSession.PollFetches", "kgo.GroupTransactSession.PollRecords"}

// kafkaSource is the Source of what the miniature of Kafka records.
const kafkaSource = "kafka"

// A trace is what a program told about the calls that it was about to make. It
// is the program's own word, so it is shown and never judged by.
type trace struct {
	calls   []string
	console bool // the records are lines of a console's session, and no calls

	mu      sync.Mutex
	records []traceRecord
	given   int // deliveries that have got their line; used by assign's one caller
}

func (t *trace) add(records []traceRecord) {
	t.mu.Lock()
	defer t.mu.Unlock()
	room := max(maxTrace-len(t.records), 0)
	t.records = append(t.records, records[:min(room, len(records))]...)
}

// name returns the call of a record, or nothing when the record lies.
func (t *trace) name(r traceRecord) string {
	if r.Call < 0 || r.Call >= len(t.calls) {
		return ""
	}
	return t.calls[r.Call]
}

// split takes the file from the name of a call: "amqp.Delivery.Ack @worker.go". It is
// "" for main.go.
func split(name string) (call, file string) {
	call, file, _ = strings.Cut(name, " @")
	return call, file
}

// last returns the newest record of main.go and its call.
func (t *trace) last() (traceRecord, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.records) - 1; i >= 0; i-- {
		if name := t.name(t.records[i]); name != "" && !strings.Contains(name, " @") {
			return t.records[i], name
		}
	}
	return traceRecord{}, ""
}

// chanReceive is what the Go runtime says of a goroutine that waits at a channel.
const chanReceive = "chan receive"

// complete fills in where a program waited that was ended from outside. The Go
// runtime knows the line but not the type of a channel; the trace knows that.
func (t *trace) complete(e *trial.Exit) {
	if t.console {
		e.Waiting, e.Line, e.File, e.Computing = "", 0, "", false
		return
	}
	if !e.Killed && e.Limit == "" {
		return
	}
	if !e.Computing && computed(e) {
		e.Computing, e.Line, e.File = true, 0, ""
	}
	if e.Computing {
		e.Waiting = ""
		return
	}
	if e.Waiting == chanReceive {
		e.Waiting = t.receiveAt(e.Line)
		return
	}
	if e.Waiting == "" {
		last, call := t.last()
		e.Waiting, e.Line, e.File = channel(call), last.Line, ""
	}
}

// computed reports whether a program used the processor for a quarter of its time or
// more, which on a busy machine may be all that it gets. Such a program did not wait in the call that it made last, and nothing is
// said of where it was.
func computed(e *trial.Exit) bool { return e.Wall > 0 && 4*e.CPU >= e.Wall }

// receiveAt names what is received at a line.
func (t *trace) receiveAt(line int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.records {
		if name := t.name(r); r.Line == line && strings.HasPrefix(name, "receive ") {
			return channel(name)
		}
	}
	return chanReceive
}

// channel writes "receive amqp.Delivery" the way Go does.
func channel(call string) string {
	if of, ok := strings.CutPrefix(call, "receive "); ok {
		return "<-chan " + of
	}
	return call
}

// assign sets the line of each event that the program caused. arrived gives when
// the bytes of an event reached the host.
func (t *trace) assign(events []brokers.Event, arrived func(seq uint64) time.Time) {
	t.mu.Lock()
	records := slices.Clone(t.records)
	t.mu.Unlock()
	slices.SortStableFunc(records, func(a, b traceRecord) int { return a.At.Compare(b.At) })
	if t.console {
		assignCommands(records, events, arrived)
		return
	}
	var waits []traceRecord
	for _, r := range records {
		if call, _ := split(t.name(r)); slices.Contains(receives, call) {
			waits = append(waits, r)
		}
	}
	for i := range events {
		e := &events[i]
		if e.Kind == brokers.Restarted { // what the first life was still waiting for never came
			began := arrived(e.Seq)
			t.given = slices.IndexFunc(waits, func(r traceRecord) bool { return !r.At.Before(began) })
			if t.given < 0 {
				t.given = len(waits)
			}
			continue
		}
		if e.Kind == brokers.Delivered && e.Source != kafkaSource {
			if t.given < len(waits) {
				e.Line = waits[t.given].Line
				_, e.File = split(t.name(waits[t.given]))
			}
			t.given++
			continue
		}
		if at := arrived(e.Seq); !at.IsZero() {
			kind := e.Kind
			if e.Kind == brokers.Refused && e.Client == "" { // by a service, in place of its effect
				kind = brokers.Effect
			}
			table := causes
			if e.Source == kafkaSource {
				table = causesInLogs
			}
			e.Line, e.File = t.before(records, table[kind], at)
		}
	}
}

// assignCommands sets the line of each event that a console's session caused: that of
// the command which was running when its bytes arrived.
func assignCommands(records []traceRecord, events []brokers.Event, arrived func(seq uint64) time.Time) {
	for i := range events {
		at := arrived(events[i].Seq)
		n, _ := slices.BinarySearchFunc(records, at, func(r traceRecord, at time.Time) int {
			if r.At.After(at) {
				return 1
			}
			return -1
		})
		if !at.IsZero() && n > 0 {
			events[i].Line, events[i].File = records[n-1].Line, console.File
		}
	}
}

// maxBack bounds how many calls back the cause of an event is looked for.
const maxBack = 1000

// before returns the place of the last fitting call that was made by at. The
// records are in order of time.
func (t *trace) before(records []traceRecord, calls []string, at time.Time) (line int, file string) {
	end, _ := slices.BinarySearchFunc(records, at, func(r traceRecord, at time.Time) int {
		if r.At.After(at) {
			return 1
		}
		return -1
	})
	for i := end - 1; i >= max(end-maxBack, 0); i-- {
		if name := t.name(records[i]); fits(calls, name) {
			_, file = split(name)
			return records[i].Line, file
		}
	}
	return 0, ""
}

// fits reports whether a call is one of those that can lead to an event. Of HTTP only
// the calls of main.go count: another file's are what the lab gives, and the call of
// that file is the cause.
func fits(calls []string, name string) bool {
	call, file := split(name)
	return slices.ContainsFunc(calls, func(want string) bool {
		if strings.HasSuffix(want, ".") {
			return strings.HasPrefix(call, want) && (file == "" || want != "http.")
		}
		return call == want
	})
}
