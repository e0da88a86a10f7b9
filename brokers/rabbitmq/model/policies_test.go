package model

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// policy sets a policy.
func (tb *table) policy(t testing.TB, name, pattern, applyTo string, priority int, says ...wire.Field) {
	t.Helper()
	p, err := NewPolicy(name, pattern, applyTo, priority, says)
	must(t, err)
	_, err = tb.SetPolicy(p)
	must(t, err)
}

// TestPoliciesApplyTo: a policy for exchanges means nothing to queues, and the other way
// round; one for all means something to both.
func TestPoliciesApplyTo(t *testing.T) {
	for applyTo, want := range map[string][2]string{"all": {"p", "p"}, "queues": {"p", ""}, "exchanges": {"", "p"}} {
		tb := newTable(t)
		q := declare(t, tb.open(t, 1), "q")
		must(t, tb.conn.channels[1].DeclareExchange(ExchangeSpec{Name: "q", Kind: "direct"}))
		tb.policy(t, "p", "^q$", applyTo, 0, ms("max-length", 1), wire.Field{Name: "alternate-exchange", Value: "amq.fanout"})
		if got := [2]string{q.policy.name(), tb.exchanges["q"].effective().name()}; got != want {
			t.Errorf("%s: policies of queue and exchange are %q, want %q", applyTo, got, want)
		}
	}
}

// TestOnePolicyApplies: the one of the highest priority, and of two the first by name.
func TestOnePolicyApplies(t *testing.T) {
	tb := newTable(t)
	q := declare(t, tb.open(t, 1), "q")
	for _, p := range []struct {
		name     string
		priority int
		want     string
	}{{"m", 0, "m"}, {"z", 0, "m"}, {"a", 0, "a"}, {"low", -1, "a"}, {"high", 1, "high"}} {
		tb.policy(t, p.name, "q", "queues", p.priority, ms("max-length", 1))
		if got := q.policy.name(); got != p.want {
			t.Errorf("with %s of priority %d: %s applies, want %s", p.name, p.priority, got, p.want)
		}
	}
	for _, want := range []string{"a", "m", "z", "low", ""} {
		tb.ClearPolicy(q.policy.name())
		if got := q.policy.name(); got != want {
			t.Fatalf("%q applies, want %q", got, want)
		}
	}
}

// TestPoliciesApplyAtOnce: what is too much is given up in the step that sets the policy,
// and goes on to where the policy says.
func TestPoliciesApplyAtOnce(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "dead")
	declare(t, ch, "q")
	send(t, ch, "q", "a", "b", "c")
	seq := tb.journal.Last()
	tb.policy(t, "p", "^q$", "queues", 0, ms("max-length", 1), wire.Field{Name: "dead-letter-exchange", Value: ""}, wire.Field{Name: "dead-letter-routing-key", Value: "dead"})
	got := strings.Join(tb.told(seq), ", ")
	if want := "dead-lettered q a maxlen, dead-lettered q b maxlen, routed dead a, routed dead b"; !sameEvents(got, want) {
		t.Errorf("what happened: %s", got)
	}
}

// sameEvents compares lists of events in any order, but for those about policies.
func sameEvents(got, want string) bool {
	have := make(map[string]int)
	for _, e := range strings.Split(got, ", ") {
		if !strings.HasPrefix(e, "governed") {
			have[e]++
		}
	}
	for _, e := range strings.Split(want, ", ") {
		have[e]--
	}
	for _, n := range have {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestPoliciesThatCome: a queue that nobody uses expires from then on; an exchange keeps
// the alternate one that it has asked for.
func TestPoliciesThatCome(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	must(t, ch.DeclareExchange(ExchangeSpec{Name: "own", Kind: "direct", Arguments: wire.Table{{Name: "alternate-exchange", Value: "mine"}}}))
	tb.policy(t, "p", "", "all", 0, ms("expires", 100), wire.Field{Name: "alternate-exchange", Value: "theirs"})
	want(t, "its own", *tb.exchanges["own"].alternate, "mine")
	want(t, "the policy's", *tb.exchanges["amq.direct"].alternate, "theirs")
	tb.skip(100 * time.Millisecond)
	if tb.Queue("q") != nil {
		t.Error("the queue has not expired")
	}
}

// TestPoliciesThatGo: a queue that was to expire stays when the policy goes, and messages
// that were published under a time to live keep theirs.
func TestPoliciesThatGo(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "q")
	tb.policy(t, "p", "^q$", "queues", 0, ms("expires", 100), ms("message-ttl", 500))
	send(t, ch, "q", "a")
	if !tb.ClearPolicy("p") || tb.ClearPolicy("p") {
		t.Error("a policy goes once")
	}
	send(t, ch, "q", "b")
	want(t, "the queue stays", tb.skip(499*time.Millisecond), nil)
	want(t, "the first message does not", tb.skip(time.Hour), []string{"expired q a"})
}

// TestArgumentsAndPolicies: of two numbers the lower counts, of two words the argument's.
func TestArgumentsAndPolicies(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	q := declare(t, ch, "q", ms("x-max-length", 5), ms("x-message-ttl", 50), wire.Field{Name: "x-overflow", Value: "reject-publish"},
		wire.Field{Name: "x-dead-letter-exchange", Value: "mine"}, wire.Field{Name: "x-dead-letter-routing-key", Value: "my-key"})
	bare := declare(t, ch, "bare")
	tb.policy(t, "p", "", "queues", 0, ms("max-length", 3), ms("message-ttl", 80), wire.Field{Name: "overflow", Value: "reject-publish-dlx"},
		wire.Field{Name: "dead-letter-exchange", Value: "theirs"}, wire.Field{Name: "dead-letter-routing-key", Value: "their-key"})
	says := func(q *Queue) string {
		return fmt.Sprint(q.maxLength, " ", q.ttl, " ", q.overflow, " ", q.deadLetter.exchange, " ", q.deadLetter.key)
	}
	want(t, "both", says(q), "3 50ms reject-publish mine my-key")
	want(t, "the policy alone", says(bare), "3 80ms reject-publish-dlx theirs their-key")
	tb.ClearPolicy("p")
	want(t, "the arguments alone", says(q), "5 50ms reject-publish mine my-key")
}

// TestTheDefaultExchangeHasNoAlternate: whatever a policy for all exchanges says.
func TestTheDefaultExchangeHasNoAlternate(t *testing.T) {
	tb := newTable(t)
	ch := tb.open(t, 1)
	declare(t, ch, "caught")
	must(t, ch.Bind("caught", "amq.fanout", "", nil))
	tb.policy(t, "p", "", "exchanges", 0, wire.Field{Name: "alternate-exchange", Value: "amq.fanout"})
	for exchange, want := range map[string]int{"": 0, "amq.direct": 1} {
		before := tb.queues["caught"].ready
		_, err := ch.Publish(Publishing{Exchange: exchange, Key: "nowhere", Body: []byte("a")})
		must(t, err)
		if got := tb.queues["caught"].ready - before; got != want {
			t.Errorf("%q: %d messages go to the alternate exchange, want %d", exchange, got, want)
		}
	}
}

// TestPoliciesHaveBounds: a policy is held against every queue, and kept.
func TestPoliciesHaveBounds(t *testing.T) {
	length := wire.Table{ms("max-length", 1)}
	for _, tt := range []struct {
		rule          string
		name, pattern string
		definition    wire.Table
		want          string
	}{
		{"a long pattern", "p", strings.Repeat("x", maxPattern), length, ""},
		{"one byte more", "p", strings.Repeat("x", maxPattern+1), length, "at most 1000 bytes"},
		{"a long name", strings.Repeat("n", maxPolicyName), "x", length, ""},
		{"one byte more", strings.Repeat("n", maxPolicyName+1), "x", length, "a name of 256 bytes"},
		{"no name", "", "x", length, "a name of 0 bytes"},
		{"a definition without end", "p", "x", wire.Table{{Name: "ha-mode", Value: strings.Repeat("x", maxArguments)}}, "bytes of arguments"},
	} {
		_, err := NewPolicy(tt.name, tt.pattern, "", 0, tt.definition)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.rule, err, tt.want)
		}
	}
	tb := newTable(t)
	for i := range maxPolicies {
		tb.policy(t, fmt.Sprint(i), "x", "", 0, length...)
	}
	p, err := NewPolicy("one more", "x", "", 0, length)
	must(t, err)
	var quota *brokers.QuotaError
	if _, err := tb.SetPolicy(p); !errors.As(err, &quota) || quota.Limit != maxPolicies {
		t.Errorf("a policy more than %d: %v", maxPolicies, err)
	}
	tb.policy(t, "7", "y", "", 0, length...) // in the place of another
	if n := len(tb.Policies()); n != maxPolicies {
		t.Errorf("%d policies, want %d", n, maxPolicies)
	}
}
