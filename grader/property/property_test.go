package property

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// A story writes a journal as a test reads it: one call for each event.
type story struct {
	events []brokers.Event
	now    time.Duration
}

func (s *story) add(e brokers.Event) *story {
	e.Seq, e.At = uint64(len(s.events)+1), s.now
	s.events = append(s.events, e)
	return s
}

// orders routes messages 1, 2, … with these labels to the queue "orders".
func orders(labels ...string) *story {
	s := &story{}
	for i, label := range labels {
		s.add(brokers.Event{Kind: brokers.Routed, Place: "orders", Message: uint64(i + 1), Label: label})
	}
	return s
}

func (s *story) label(n uint64) string {
	for _, e := range s.events {
		if e.Message == n {
			return e.Label
		}
	}
	return ""
}

func (s *story) on(kind brokers.Kind, n uint64, reason string) *story {
	return s.add(brokers.Event{
		Kind: kind, Place: "orders", Client: "c1", Consumer: "w", Message: n, Label: s.label(n), Reason: reason, Line: 10 + int(n),
	})
}

func (s *story) delivered(n uint64) *story { return s.on(brokers.Delivered, n, "") }
func (s *story) auto(n uint64) *story      { return s.on(brokers.Delivered, n, autoAck) }
func (s *story) acked(n uint64) *story     { return s.on(brokers.Acked, n, "") }
func (s *story) requeued(n uint64) *story  { return s.on(brokers.Requeued, n, "") }
func (s *story) rejected(n uint64) *story  { return s.on(brokers.Rejected, n, "") }

func (s *story) charged(label string) *story {
	return s.add(brokers.Event{Kind: brokers.Effect, Source: "ledger", Place: "ledger", Label: label})
}

func (s *story) cents(label string, n int64, reason string) *story {
	return s.add(brokers.Event{Kind: brokers.Effect, Source: "ledger", Place: "ledger", Label: label, N: n, Reason: reason})
}

func (s *story) unavailable(label string) *story {
	return s.add(brokers.Event{Kind: brokers.Refused, Source: "ledger", Place: "ledger", Label: label, Reason: "503"})
}

func (s *story) again(label string) *story {
	return s.add(brokers.Event{Kind: brokers.Effect, Source: "ledger", Place: "ledger", Label: label, Redelivered: true})
}

// outbox has these orders to publish.
func outbox(labels ...string) *story {
	s := &story{}
	for _, label := range labels {
		s.add(brokers.Event{Kind: brokers.Declared, Source: "outbox", Label: label})
	}
	return s
}

// sent is an order on its way: published, routed to a queue, confirmed. Letters
// say which: p, r (to orders), x (to another queue), c.
func (s *story) sent(label, steps string) *story {
	kinds := map[rune]brokers.Kind{'p': brokers.Published, 'r': brokers.Routed, 'x': brokers.Routed, 'c': brokers.Confirmed}
	for _, step := range steps {
		e := brokers.Event{Kind: kinds[step], Client: "c1", Label: label, Message: 1, Line: 30}
		if step == 'r' {
			e.Place = "orders"
		}
		s.add(e)
	}
	return s
}

func (s *story) marked(label string) *story {
	return s.add(brokers.Event{Kind: brokers.Effect, Source: "outbox", Place: "outbox", Label: label, Line: 31})
}

func (s *story) cutOff() *story {
	return s.add(brokers.Event{Kind: brokers.Disconnected, Source: "host"})
}

// to publishes an order to the exchange "shop", which brings it to these queues.
func (s *story) to(n uint64, label string, queues ...string) *story {
	s.add(brokers.Event{Kind: brokers.Published, Exchange: "shop", Message: n, Label: label, Client: "c1", Line: 40})
	for _, q := range queues {
		s.add(brokers.Event{Kind: brokers.Routed, Exchange: "shop", Message: n, Label: label, Place: q})
	}
	if len(queues) == 0 {
		s.add(brokers.Event{Kind: brokers.Unroutable, Exchange: "shop", Message: n, Label: label})
	}
	return s
}

func (s *story) exchange(name, kind string) *story {
	return s.add(brokers.Event{Kind: brokers.Declared, Exchange: name, Reason: kind, Client: "c1"})
}

func (s *story) returned(n uint64, label string) *story {
	return s.add(brokers.Event{Kind: brokers.Returned, Exchange: "shop", Message: n, Label: label, Client: "c1"})
}

func (s *story) crash() *story { return s.add(brokers.Event{Kind: brokers.Crash, Source: "host"}) }

func (s *story) subscribed(prefetch int64, reason string) *story {
	return s.add(brokers.Event{Kind: brokers.Subscribed, Place: "orders", Client: "c1", Consumer: "w", N: prefetch, Reason: reason})
}

func (s *story) dead(n uint64) *story {
	s.rejected(n).on(brokers.DeadLettered, n, "rejected")
	return s.add(brokers.Event{Kind: brokers.Routed, Place: "orders.dead", Message: n, Label: s.label(n)})
}

var params = Params{
	"amount": "cents", "queue": "orders", "service": "ledger", "max": 1, "to": "orders.dead",
	"exchange": "user_events", "queues": []any{"q1", "q2"}, "table": []any{ask("a", "q1"), ask("b")},
}

// A ruling says of a story what a property makes of it: the message, or none when it
// holds, and the counter-example if it is looked at.
type ruling struct {
	name     string
	property string
	story    *story
	want     string   // message id; "" when it holds
	proof    []uint64 // nil: not looked at
}

func TestProperties(t *testing.T) {
	given := make(map[string][]string) // messages by property
	defer func() { exactly(t, given) }()
	for _, tt := range slices.Concat(retried(), logged(), written(), resulted(), copiedRulings(), administered(), []ruling{
		{"charged then acked", "at-least-once", orders("a").delivered(1).charged("a").acked(1), "", nil},
		{"acked, never charged", "at-least-once", orders("a").delivered(1).acked(1), "lost", []uint64{2, 3}},
		{"acked, then the crash", "at-least-once", orders("a").delivered(1).acked(1).crash(), "lost", []uint64{2, 3, 4}},
		{"crash before the ack, charged in the second life", "at-least-once", orders("a").delivered(1).crash().requeued(1).delivered(1).charged("a"), "", nil},
		{"auto-ack and crash", "at-least-once", orders("a").auto(1).crash(), "lost", []uint64{2, 3}},
		{"refused for good", "at-least-once", orders("a", "b").delivered(1).charged("a").acked(1).delivered(2).dead(2), "refused-good", []uint64{6, 7}},
		{"still waiting", "at-least-once", orders("a", "b").delivered(1).charged("a").acked(1), "not-done", []uint64{2}},
		{"held to the end", "at-least-once", orders("a", "b").delivered(1).charged("a").delivered(2), "not-done", []uint64{2, 5}},
		{"nothing at all", "at-least-once", orders("a"), "nothing-done", nil},
		{"a lost one outweighs a waiting one", "at-least-once", orders("a", "b").delivered(2).acked(2), "lost", []uint64{3, 4}},
		{"what cannot be read needs no effect", "at-least-once", orders("").delivered(1).acked(1), "", nil},
		{"acked in spite of a refusal", "at-least-once", orders("a").delivered(1).unavailable("a").acked(1), "refusal-ignored", []uint64{2, 3, 4}},
		{"exactly once, in spite of a refusal", "effect-exactly-once", orders("a").delivered(1).unavailable("a").acked(1), "refusal-ignored", nil},
		{"given back after a refusal", "at-least-once", orders("a").delivered(1).unavailable("a").requeued(1).delivered(1).charged("a").acked(1), "", nil},
		{"one cent", "at-least-once", orders("a").delivered(1).cents("a", 1, "want 1400").acked(1), "wrong-amount", []uint64{2, 3}},
		{"exactly one cent", "effect-exactly-once", orders("a").delivered(1).cents("a", 1, "want 1400").acked(1), "wrong-amount", nil},
		{"as the message says", "at-least-once", orders("a").delivered(1).cents("a", 1400, "").acked(1), "", nil},
		{"another service does not count", "at-least-once", orders("a").add(brokers.Event{Kind: brokers.Effect, Source: "mailer", Label: "a"}), "nothing-done", nil},

		{"once", "at-most-once", orders("a").charged("a"), "", nil},
		{"repeated under the same key", "at-most-once", orders("a").charged("a").again("a"), "", nil},
		{"charged twice", "at-most-once", orders("a").charged("a").charged("a"), "done-twice", []uint64{2, 3}},
		{"exactly once", "effect-exactly-once", orders("a").delivered(1).charged("a").again("a").acked(1), "", nil},
		{"exactly once, twice", "effect-exactly-once", orders("a").charged("a").charged("a"), "done-twice", nil},
		{"exactly once, never", "effect-exactly-once", orders("a").delivered(1).acked(1), "lost", nil},
		{"exactly once, refused", "effect-exactly-once", orders("a").delivered(1).dead(1), "refused-good", nil},
		{"exactly once, one left", "effect-exactly-once", orders("a", "b").charged("a"), "not-done", nil},
		{"exactly once, none", "effect-exactly-once", orders("a"), "nothing-done", nil},

		{"effect first", "no-ack-before-effect", orders("a").delivered(1).charged("a").acked(1), "", nil},
		{"ack first", "no-ack-before-effect", orders("a").delivered(1).acked(1).charged("a"), "acked-early", []uint64{2, 3, 4}},
		{"ack and no effect", "no-ack-before-effect", orders("a").delivered(1).acked(1), "acked-early", []uint64{2, 3}},
		{"auto-ack", "no-ack-before-effect", orders("a").auto(1).charged("a"), "auto-acked", []uint64{2}},
		{"no ack at all", "no-ack-before-effect", orders("a").delivered(1).charged("a"), "never-acked", nil},
		{"a poison message may be acked", "no-ack-before-effect", orders("a", "").delivered(1).charged("a").acked(1).delivered(2).acked(2), "", nil},
		{"early in the first life, right in the second", "no-ack-before-effect", orders("a").delivered(1).crash().requeued(1).delivered(1).charged("a").acked(1), "", nil},

		{"one at a time", "prefetch-at-most", orders("a", "b").subscribed(1, "").delivered(1).acked(1).delivered(2), "", nil},
		{"no limit", "prefetch-at-most", orders("a", "b").subscribed(0, "").delivered(1).delivered(2), "prefetch-unlimited", []uint64{3, 4, 5}},
		{"ten", "prefetch-at-most", orders("a").subscribed(10, "").delivered(1), "prefetch-high", []uint64{2, 3}},
		{"no acks", "prefetch-at-most", orders("a").subscribed(1, autoAck).auto(1), "prefetch-ignored", []uint64{2}},
		{"nobody", "prefetch-at-most", orders("a"), "no-consumer", nil},
		{"fetched one by one", "prefetch-at-most", orders("a", "b").delivered(1).acked(1).delivered(2), "", nil},
		{"fetched two at a time", "prefetch-at-most", orders("a", "b").delivered(1).delivered(2), "prefetch-high", []uint64{3, 4}},
		{"given back is not held", "prefetch-at-most", orders("a", "b").subscribed(1, "").delivered(1).requeued(1).delivered(2), "", nil},

		{"to the dead", "dead-lettered", orders("").delivered(1).dead(1), "", nil},
		{"nothing to refuse", "dead-lettered", orders("a").delivered(1).charged("a").acked(1), "", nil},
		{"swallowed", "dead-lettered", orders("").delivered(1).acked(1), "dead-swallowed", []uint64{2, 3}},
		{"swallowed by auto-ack", "dead-lettered", orders("").auto(1), "dead-swallowed", []uint64{2}},
		{"tried twice", "dead-lettered", orders("").delivered(1).requeued(1).delivered(1).dead(1), "dead-retried", []uint64{2, 4}},
		{"never met", "dead-lettered", orders(""), "dead-waiting", []uint64{1}},
		{"held", "dead-lettered", orders("").delivered(1), "dead-not-refused", []uint64{2}},
		{"a good one among the dead", "dead-lettered", orders("a").delivered(1).dead(1), "dead-good", []uint64{2, 3}},
		{"dropped, with no dead-letter queue", "dead-lettered", orders("").delivered(1).rejected(1), "dead-waiting", nil},

		{"confirmed, then marked", "no-done-before-confirm", outbox("a").sent("a", "prc").marked("a"), "", nil},
		{"nothing to publish", "no-done-before-confirm", outbox(), "never-done", nil},
		{"no confirm mode", "no-done-before-confirm", outbox("a").sent("a", "pr").marked("a"), "no-confirms", []uint64{2, 4}},
		{"marked, never published", "no-done-before-confirm", outbox("a").marked("a"), "no-confirms", []uint64{2}},
		{"marked first", "no-done-before-confirm", outbox("a").marked("a").sent("a", "prc"), "done-unconfirmed", []uint64{2, 3}},
		{"another's confirm", "no-done-before-confirm", outbox("a", "b").sent("a", "prc").sent("b", "pr").marked("b"), "done-unconfirmed", []uint64{6, 8}},
		{"the confirm was cut off", "no-done-before-confirm", outbox("a").sent("a", "pr").cutOff().marked("a"), "done-unconfirmed", []uint64{2, 4, 5}},
		{"confirmed in the end, marked before", "no-done-before-confirm", outbox("a").sent("a", "pr").cutOff().marked("a").sent("a", "prc"), "done-unconfirmed", []uint64{2, 4, 5}},
		{"published again", "no-done-before-confirm", outbox("a").sent("a", "pr").cutOff().sent("a", "prc").marked("a"), "", nil},
		{"nothing marked", "no-done-before-confirm", outbox("a").sent("a", "prc"), "never-done", nil},
		{"cut off before the first mark", "no-done-before-confirm", outbox("a").sent("a", "pr").cutOff(), "", nil},
		{"another service's mark", "no-done-before-confirm", outbox("a").sent("a", "prc").charged("a"), "never-done", nil},

		{"all of them", "published-all", outbox("a", "b").sent("a", "prc").marked("a").sent("b", "prc").marked("b"), "", nil},
		{"one twice", "published-all", outbox("a").sent("a", "pr").cutOff().sent("a", "prc").marked("a"), "", nil},
		{"marked, not there", "published-all", outbox("a", "b").sent("a", "prc").marked("a").cutOff().marked("b"), "lost-publish", []uint64{7, 8}},
		{"marked, in another queue", "published-all", outbox("a").sent("a", "pxc").marked("a"), "lost-publish", []uint64{2, 5}},
		{"a lost one outweighs a missing one", "published-all", outbox("a", "b").marked("b"), "lost-publish", []uint64{3}},
		{"nothing", "published-all", outbox("a", "b"), "nothing-published", nil},
		{"nothing but strangers", "published-all", outbox("a").sent("z", "prc"), "nothing-published", []uint64{2}},
		{"one is missing", "published-all", outbox("a", "b").sent("a", "prc").marked("a"), "not-published", []uint64{2}},
		{"gave up when cut off", "published-all", outbox("a", "b").sent("a", "pr").cutOff(), "not-published", []uint64{2, 5}},
		{"there, never marked", "published-all", outbox("a").sent("a", "prc"), "not-marked", []uint64{3}},
		{"there, the confirm cut off, forgotten", "published-all", outbox("a", "b").sent("a", "pr").cutOff().sent("b", "prc").marked("b"), "not-marked", []uint64{4, 5}},
		{"each key where it belongs", "routed-exactly", (&story{}).bound("user_events", "a.#", "q1", 1).over().published("a", "q1").published("b"), "", nil},
		{"through another exchange", "routed-exactly", (&story{}).over().published("a", "q1").published("b"), "", nil},
		{"one queue is looked at only", "routed-exactly", (&story{}).over().published("a", "q1", "q3").published("b", "q4"), "", nil},
		{"a key too many", "routed-exactly", (&story{}).bound("user_events", "*", "q1", 1).over().published("a", "q1").published("b", "q1"), "key-extra", []uint64{1, 5, 6}},
		{"a key too many, nobody knows how", "routed-exactly", (&story{}).over().published("a", "q1").published("b", "q2"), "key-extra", []uint64{4, 5}},
		{"too narrow", "routed-exactly", (&story{}).bound("user_events", "a.*", "q1", 1).over().published("a").published("b"), "key-missing", []uint64{1, 3}},
		{"another queue is bound", "routed-exactly", (&story{}).bound("user_events", "b", "q2", 1).over().published("a").published("b", "q2"), "key-missing", []uint64{3}},
		{"unbound again", "routed-exactly", (&story{}).bound("user_events", "a", "q1", 1).unbound("user_events", "a", "q1").over().published("a").published("b"), "none-bound", []uint64{4}},
		{"nothing bound", "routed-exactly", (&story{}).over().published("a").published("b"), "none-bound", []uint64{2}},
		{"the wrong exchange", "routed-exactly", (&story{}).bound("amq.topic", "a", "q1", 1).over().published("a").published("b"), "bound-elsewhere", []uint64{1, 3}},
		{"the program's own messages are no probes", "routed-exactly", (&story{}).add(brokers.Event{Kind: brokers.Published, Exchange: "user_events", Key: "a", Client: "c1", Message: 1}).over(), "key-refused", nil},
		{"refused", "routed-exactly", (&story{}).over().add(brokers.Event{Kind: brokers.Refused, Source: "host", Exchange: "user_events", Key: "a", Reason: "gone"}), "key-refused", []uint64{2}},

		{"one binding", "bindings-at-most", (&story{}).bound("user_events", "a", "q1", 1).over(), "", nil},
		{"two, one of them gone", "bindings-at-most", (&story{}).bound("x", "a", "q1", 1).bound("x", "b", "q1", 2).unbound("x", "a", "q1").over(), "", nil},
		{"two bindings", "bindings-at-most", (&story{}).bound("user_events", "a", "q1", 1).bound("x", "b", "q1", 2).over(), "bindings-many", []uint64{1, 2}},

		{"each to its own", "routed", (&story{}).to(1, "a", "books").to(2, "b", "music"), "", nil},
		{"twice to its own", "routed", (&story{}).to(1, "a", "books").to(2, "b", "music").to(3, "a", "books"), "", nil},
		{"to all", "routed", (&story{}).to(1, "a", "books", "music"), "misrouted", []uint64{1, 3}},
		{"to a queue that nobody spoke of", "routed", (&story{}).to(1, "a", "books", "mine"), "misrouted", []uint64{1, 3}},
		{"one to none", "routed", (&story{}).to(1, "a", "books").to(2, "b"), "missed", []uint64{3}},
		{"one never sent", "routed", (&story{}).to(1, "b", "music"), "missed", nil},
		{"all to none", "routed", (&story{}).to(1, "a").to(2, "b"), "nothing-routed", nil},
		{"by another exchange", "routed", orders("a", "b"), "nothing-routed", nil},
		{"of the type", "routed", (&story{}).exchange("shop", "direct").to(1, "a", "books").to(2, "b", "music"), "", nil},
		{"of another type", "routed", (&story{}).exchange("shop", "fanout").to(1, "a", "books"), "wrong-type", []uint64{1}},
		{"another exchange of another type", "routed", (&story{}).exchange("news", "fanout").to(1, "a", "books").to(2, "b", "music"), "", nil},

		{"returned, refused", "returns-handled", orders("a", "b").delivered(1).to(3, "a", "books").acked(1).delivered(2).to(4, "b").returned(4, "b").dead(2), "", nil},
		{"not mandatory", "returns-handled", orders("a").delivered(1).to(3, "a").acked(1), "vanished", []uint64{4}},
		{"not mandatory, refused by luck", "returns-handled", orders("a").delivered(1).to(3, "a").dead(1), "vanished", []uint64{4}},
		{"returned, acknowledged", "returns-handled", orders("a").delivered(1).to(3, "a").returned(3, "a").acked(1), "return-ignored", []uint64{5, 6}},
		{"returned, held", "returns-handled", orders("a").delivered(1).to(3, "a").returned(3, "a"), "return-left", []uint64{2, 5}},
		{"returned, dropped", "returns-handled", orders("a").delivered(1).to(3, "a").returned(3, "a").rejected(1), "return-left", []uint64{2, 5}},
		{"taken, refused", "returns-handled", orders("a").delivered(1).to(3, "a", "books").dead(1), "good-refused", []uint64{2, 5}},
		{"all taken", "returns-handled", orders("a").delivered(1).to(3, "a", "books").acked(1), "nothing-returned", nil},

		{"declared", "declared", (&story{}).add(brokers.Event{Kind: brokers.Declared, Place: "orders"}), "", nil},
		{"never declared", "declared", &story{}, "not-declared", nil},
		{"deleted", "declared", (&story{}).add(brokers.Event{Kind: brokers.Declared, Place: "orders"}).add(brokers.Event{Kind: brokers.Deleted, Place: "orders"}), "not-declared", []uint64{2}},
	}) {
		if tt.want != "" && !slices.Contains(given[tt.property], tt.want) {
			given[tt.property] = append(given[tt.property], tt.want)
		}
		t.Run(tt.property+"/"+tt.name, func(t *testing.T) {
			with := params
			if tt.property == "no-done-before-confirm" || tt.property == "published-all" {
				with = Params{"queue": "orders", "service": "outbox"}
			}
			if tt.property == "routed" {
				with = Params{"exchange": "shop", "type": "direct", "to": map[string]any{"books": []any{"a"}, "music": []any{"b"}}}
			}
			if slices.Contains([]string{"retried-n-times", "parked", "none-blocked"}, tt.property) {
				with = retryParams
			}
			if own := copyParams[tt.property]; own != nil {
				with = own
			}
			if own := accessParams[tt.property]; own != nil {
				with = own
			}
			if own := logParams[tt.property]; own != nil {
				with = own
			}
			got, err := Judge(tt.property, tt.story.events, with)
			if err != nil {
				t.Fatal(err)
			}
			if got.OK != (tt.want == "") || got.Message != tt.want {
				t.Fatalf("got %+v, want message %q", got, tt.want)
			}
			if tt.proof != nil {
				if diff := cmp.Diff(tt.proof, got.Events); diff != "" {
					t.Errorf("counter-example (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// exactly compares the messages that the rows above give with the catalogue: no
// message without a row that gives it, none that an author cannot name.
func exactly(t *testing.T, given map[string][]string) {
	t.Helper()
	for _, p := range labs.Properties {
		want, got := slices.Sorted(slices.Values(p.Messages)), slices.Sorted(slices.Values(given[p.Name]))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("messages of %s (-catalogue +given):\n%s", p.Name, diff)
		}
	}
}

func TestUnknownProperty(t *testing.T) {
	if _, err := Judge("at-least-never", nil, nil); err == nil {
		t.Error("an unknown property judged something")
	}
}

// TestFactsOfALostOrder looks at everything that the words are made from.
func TestFactsOfALostOrder(t *testing.T) {
	got := atLeastOnce(orders("a", "b").delivered(1).charged("a").acked(1).delivered(2).acked(2).crash().events, params)
	want := Facts{Label: "b", Message: 2, Queue: "orders", Service: "ledger", Count: 1, Line: 12, Crashed: true}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// TestRoutedToSomeQueues: a check that names queues looks at no other.
func TestRoutedToSomeQueues(t *testing.T) {
	with := func(queues ...any) Params {
		return Params{"exchange": "shop", "queues": queues, "to": map[string]any{"books": []any{"a"}, "music": []any{"b"}}}
	}
	s := (&story{}).to(1, "a", "books", "music").to(2, "b")
	if got := routed(s.events, with("books")); !got.OK {
		t.Errorf("books: got %+v, want it to hold", got)
	}
	if got := routed(s.events, with("music")); got.Message != "misrouted" {
		t.Errorf("music: got %+v, want misrouted", got)
	}
	if got := routed(s.events, with("games")); got.Message != "nothing-routed" || got.Facts.Count != 2 {
		t.Errorf("games: got %+v, want nothing-routed with 2 published", got)
	}
}

// TestCatalogue keeps the authors' table in labs true: the same properties. That
// the messages are the same is seen to by TestProperties.
func TestCatalogue(t *testing.T) {
	names := make([]string, 0, len(labs.Properties))
	for _, p := range labs.Properties {
		names = append(names, p.Name)
		if Funcs[p.Name] == nil {
			t.Errorf("the catalogue has %q, and there is no such property", p.Name)
		}
	}
	for name := range Funcs {
		if !slices.Contains(names, name) {
			t.Errorf("property %q is not in the catalogue", name)
		}
	}
}

// TestAgainstModel runs workers that do the right thing, and some that do not,
// against a crash anywhere, and asks a model that is written the other way
// round: who still knows of the order?
func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "orders")
		labels := make([]string, n)
		for i := range labels {
			labels[i] = fmt.Sprint(i + 1)
		}
		s := orders(labels...)
		broker, ledger := make(map[uint64]bool), make(map[uint64]bool)
		early := false
		for m := uint64(1); m <= uint64(n); m++ {
			broker[m] = true
			s.delivered(m)
			steps := rapid.SampledFrom([]string{"ca", "ac", "c", "a", ""}).Draw(t, "steps")
			for _, step := range steps {
				if step == 'c' {
					s.charged(labels[m-1])
					ledger[m] = true
				} else {
					s.acked(m)
					broker[m] = false
					early = early || !ledger[m]
				}
			}
		}
		lost, undone := 0, 0
		for m := uint64(1); m <= uint64(n); m++ {
			if !ledger[m] {
				undone++
				if !broker[m] {
					lost++
				}
			}
		}
		got := atLeastOnce(s.events, params)
		if got.OK != (undone == 0) || (got.Message == "lost") != (lost > 0) {
			t.Fatalf("at-least-once: %+v, with %d undone and %d lost", got, undone, lost)
		}
		if got := noAckBeforeEffect(s.events, params); (got.Message == "acked-early") != early {
			t.Fatalf("no-ack-before-effect: %+v, early is %v", got, early)
		}
		for _, seq := range got.Events {
			if seq == 0 || seq > uint64(len(s.events)) {
				t.Fatalf("the counter-example names event %d of %d", seq, len(s.events))
			}
		}
		if !slices.IsSorted(got.Events) {
			t.Fatalf("the counter-example is not in order: %v", got.Events)
		}
	})
}

// TestRandomJournals: whatever a journal holds, no property panics, and a
// counter-example is made of events that are there, in order.
func TestRandomJournals(t *testing.T) {
	kinds := []brokers.Kind{
		brokers.Declared, brokers.Deleted, brokers.Routed, brokers.Delivered, brokers.Acked, brokers.Nacked,
		brokers.Rejected, brokers.Requeued, brokers.DeadLettered, brokers.Dropped, brokers.Expired, brokers.Effect,
		brokers.Crash, brokers.Subscribed, brokers.Restarted,
	}
	rapid.Check(t, func(t *rapid.T) {
		s := &story{}
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			n := rapid.Uint64Range(0, 3).Draw(t, "message")
			s.add(brokers.Event{
				Kind:     rapid.SampledFrom(kinds).Draw(t, "kind"),
				Source:   rapid.SampledFrom([]string{"rabbitmq", "ledger"}).Draw(t, "source"),
				Place:    rapid.SampledFrom([]string{"orders", "orders.dead", ""}).Draw(t, "place"),
				Message:  n,
				Label:    rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "label"),
				Client:   rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(t, "client"),
				Consumer: "w", N: rapid.Int64Range(0, 3).Draw(t, "n"),
				Reason: rapid.SampledFrom([]string{"", autoAck}).Draw(t, "reason"),
			})
		}
		for name, judge := range Funcs {
			got := judge(s.events, params)
			if got.OK != (got.Message == "") {
				t.Fatalf("%s: %+v", name, got)
			}
			if !slices.IsSorted(got.Events) || len(slices.Compact(slices.Clone(got.Events))) != len(got.Events) {
				t.Fatalf("%s: the counter-example is %v", name, got.Events)
			}
			for _, seq := range got.Events {
				if seq == 0 || seq > uint64(len(s.events)) {
					t.Fatalf("%s: the counter-example names event %d of %d", name, seq, len(s.events))
				}
			}
		}
	})
}
