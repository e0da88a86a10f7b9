package model

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A Policy says for many queues and exchanges at once what an argument says for one. It
// holds for those whose names its pattern matches, for what is there already and for what
// will be. Unlike arguments it can be changed and taken away at any time.
//
// Of the policies that match, one applies: that with the highest priority. The others
// are as if they were not there; definitions are not put together.
type Policy struct {
	Name       string
	Pattern    string // matches anywhere in a name
	ApplyTo    string // queues, exchanges or all
	Priority   int
	Definition wire.Table // by key, in the keys' order

	names *regexp.Regexp
}

// Where a policy and an argument both say something, there are two rules: of two numbers
// the lower counts, and of two names, or words, the argument's.

// A setting is a key of a definition that means something to a queue: how to read it into
// rules, and what is said of a value that cannot be read.
type setting struct {
	read func(p *rules, value any) error
	what string
	// join puts what the policy says into the rules that the arguments make.
	join func(r *rules, policy rules)
}

var settings = map[string]setting{
	"message-ttl": {argumentReader("x-message-ttl"), "message TTL", func(r *rules, policy rules) {
		r.ttl, r.expiring = lower(r.ttl, policy.ttl), true
	}},
	"expires":          {argumentReader("x-expires"), "queue expiry", func(r *rules, policy rules) { r.expires = lower(r.expires, policy.expires) }},
	"max-length":       {argumentReader("x-max-length"), "maximum length", func(r *rules, policy rules) { r.maxLength = lower(r.maxLength, policy.maxLength) }},
	"max-length-bytes": {argumentReader("x-max-length-bytes"), "maximum length in bytes", func(r *rules, policy rules) { r.maxBytes = lower(r.maxBytes, policy.maxBytes) }},
	"overflow":         {argumentReader("x-overflow"), "overflow value", nil}, // joined by govern: an argument counts, and is not told from the default
	"dead-letter-exchange": {func(p *rules, value any) error {
		name, ok := value.(string)
		if p.deadLetter = new(deadLetter); ok {
			p.deadLetter.exchange = name
			return nil
		}
		return unacceptable(value)
	}, "dead letter exchange name", nil},
	"dead-letter-routing-key": {textReader, "dead letter routing key", nil},
	"alternate-exchange":      {textReader, "alternate exchange name", nil},
	// What one node does the same with and without.
	"ha-mode": {textReader, "ha-mode value", nil}, "ha-params": {anyReader, "", nil}, "ha-sync-mode": {textReader, "ha-sync-mode value", nil},
	"queue-mode": {argumentReader("x-queue-mode"), "queue mode value", nil},
	// What only queues of other types obey.
	"delivery-limit": {func(_ *rules, value any) error {
		_, err := count(value)
		return err
	}, "delivery limit", nil},
	"dead-letter-strategy": {func(_ *rules, value any) error {
		return oneOf(value, "", "at-most-once", "at-least-once")
	}, "dead letter strategy", nil},
}

// lower is the lower of two numbers of which a negative one is none.
func lower[N ~int | ~int64](a, b N) N {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

func argumentReader(name string) func(*rules, any) error {
	i := slices.IndexFunc(queueArguments, func(a queueArgument) bool { return a.name == name })
	return queueArguments[i].read
}

func textReader(_ *rules, value any) error {
	if _, ok := value.(string); !ok {
		return unacceptable(value)
	}
	return nil
}

func anyReader(*rules, any) error { return nil }

// Bounds of policies: each is held against every queue and exchange when one changes.
const (
	maxPolicies   = 100 // of a virtual host
	maxPolicyName = 255 // bytes
)

// NewPolicy reads a policy. The error is what RabbitMQ answers.
func NewPolicy(name, pattern, applyTo string, priority int, definition wire.Table) (*Policy, error) {
	p := &Policy{Name: name, Pattern: pattern, ApplyTo: cmp.Or(applyTo, "all"), Priority: priority, Definition: definition}
	if name == "" || len(name) > maxPolicyName {
		return nil, invalid("a name of %d bytes, want 1 to %d", len(name), maxPolicyName)
	}
	if len(pattern) > maxPattern {
		return nil, invalid("pattern should be regular expression of at most %d bytes", maxPattern)
	}
	var err error
	if p.names, err = brokers.CompilePattern(pattern); err != nil {
		return nil, invalid("pattern should be regular expression but is invalid: %s", patternError(pattern, err))
	}
	if !slices.Contains([]string{"all", "queues", "exchanges"}, p.ApplyTo) {
		return nil, invalid("apply-to '%s' unrecognised; should be 'queues', 'exchanges' or 'all'", p.ApplyTo)
	}
	if len(definition) == 0 {
		return nil, invalid("no policy provided")
	}
	if err := checkSize(definition); err != nil {
		return nil, err
	}
	var unknown []string
	for _, f := range definition {
		s, ok := settings[f.Name]
		if !ok {
			unknown = append(unknown, fmt.Sprintf("{%s,%s}", erlang(f.Name), erlang(f.Value)))
			continue
		}
		if err := s.read(new(rules), f.Value); err != nil {
			return nil, invalid("%s is not a valid %s", escaped(erlang(f.Value)), s.what)
		}
	}
	if unknown != nil {
		return nil, invalid("[%s] are not recognised policy settings", escaped(strings.Join(unknown, ",")))
	}
	return p, nil
}

// invalid is how RabbitMQ refuses what an administrator sets.
func invalid(format string, args ...any) error {
	return fmt.Errorf("Validation failed\n\n"+format+"\n", args...) //nolint:staticcheck // RabbitMQ's own words
}

// escaped writes a value as RabbitMQ does in some of its answers: as for a page.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// patternError is what is wrong with a pattern, and where, in RabbitMQ's words for what is
// wrong most often.
func patternError(pattern string, err error) string {
	wrong, ok := err.(*syntax.Error) //nolint:errorlint // regexp.Compile returns just that
	if ok && wrong.Code == syntax.ErrMissingParen {
		return fmt.Sprintf(`{"missing )",%d}`, len(pattern))
	}
	return fmt.Sprintf("{%q,0}", err)
}

// rules are what the policy says of queues.
func (p *Policy) rules() rules {
	r := noRules
	for _, f := range p.Definition {
		_ = settings[f.Name].read(&r, f.Value) // it was read before
	}
	if key, ok := p.Definition.Get("dead-letter-routing-key"); ok && r.deadLetter != nil {
		r.deadLetter.key, r.deadLetter.rekey = fmt.Sprint(key), true
	}
	return r
}

// SetPolicy makes a policy, or puts it in the place of one of that name, and has it apply
// to what it matches. It reports whether it is new.
func (v *VHost) SetPolicy(p *Policy) (added bool, err error) {
	if added = v.policies[p.Name] == nil; added {
		if err := within(len(v.policies), maxPolicies, "policies"); err != nil {
			return false, err
		}
	}
	if v.policies == nil {
		v.policies = make(map[string]*Policy)
	}
	v.policies[p.Name] = p
	v.sortPolicies()
	v.recordPolicy(brokers.Event{Kind: brokers.PolicySet, Key: p.Name, Detail: map[string]any{
		"pattern": p.Pattern, "apply-to": p.ApplyTo, "priority": p.Priority, "definition": plain(p.Definition),
	}})
	v.governAll()
	return added, nil
}

// ClearPolicy takes a policy away, and reports whether there was one.
func (v *VHost) ClearPolicy(name string) bool {
	if v.policies[name] == nil {
		return false
	}
	delete(v.policies, name)
	v.sortPolicies()
	v.recordPolicy(brokers.Event{Kind: brokers.PolicyGone, Key: name})
	v.governAll()
	return true
}

// recordPolicy appends an event of the node, whose places are virtual hosts.
func (v *VHost) recordPolicy(e brokers.Event) {
	if v.node != nil {
		e.Place = v.Name
		v.node.record(e)
	}
}

// sortPolicies keeps the list that is gone through for each queue and exchange.
func (v *VHost) sortPolicies() {
	v.byName = make([]*Policy, 0, len(v.policies))
	for _, name := range slices.Sorted(maps.Keys(v.policies)) {
		v.byName = append(v.byName, v.policies[name])
	}
}

// Policies lists the policies by name.
func (v *VHost) Policies() []*Policy { return v.byName }

// Policy finds a policy, or nil.
func (v *VHost) Policy(name string) *Policy { return v.policies[name] }

// applying finds the policy for a queue or an exchange: kind is queues or exchanges. Of
// two with the same priority RabbitMQ takes either; here it is the first by name.
func (v *VHost) applying(kind, name string) *Policy {
	var best *Policy
	for _, p := range v.Policies() {
		if (p.ApplyTo == "all" || p.ApplyTo == kind) && p.names.MatchString(name) && (best == nil || p.Priority > best.Priority) {
			best = p
		}
	}
	return best
}

// governAll has the policies apply to what is there. Queues may have to drop at once what
// is too much.
func (v *VHost) governAll() {
	for _, x := range v.Exchanges() {
		if before := x.effective(); v.governExchange(x) || before != x.effective() {
			v.record(brokers.Event{Kind: brokers.Governed, Exchange: x.Name, Reason: x.effective().name(), Detail: v.exchangeDetail(x)})
		}
	}
	for _, q := range v.Queues() {
		if before := q.policy; !v.govern(q) && before == q.policy {
			continue
		}
		v.record(brokers.Event{Kind: brokers.Governed, Place: q.Name, Reason: q.policy.name(), Detail: v.declaredDetail(q)})
		if q.expires < 0 {
			v.stop(&q.unused)
		}
		v.touch(q)
		v.trim(q)
		v.wake(q)
	}
	v.sendLetters()
}

// name is that of a policy; "" of none.
func (p *Policy) name() string {
	if p == nil {
		return ""
	}
	return p.Name
}

// govern makes the rules of a queue of its arguments and of the policy that applies, and
// reports whether they are others now.
func (v *VHost) govern(q *Queue) (changed bool) {
	before := q.rules
	q.policy, q.rules = v.applying("queues", q.Name), q.asked
	q.expiring = q.expiring || before.expiring // messages with a time to live may still be there
	if q.policy != nil {
		says := q.policy.rules()
		for _, f := range q.policy.Definition {
			if join := settings[f.Name].join; join != nil {
				join(&q.rules, says)
			}
		}
		if _, own := q.Arguments.Get("x-overflow"); !own {
			q.overflow = says.overflow
		}
		q.deadLetter = joinDeadLetters(q.asked.deadLetter, says.deadLetter, q.policy)
	}
	return q.ttl != before.ttl || q.expires != before.expires || q.maxLength != before.maxLength || q.maxBytes != before.maxBytes ||
		q.overflow != before.overflow || !sameLetter(q.deadLetter, before.deadLetter)
}

// joinDeadLetters takes the exchange and the key each from the arguments, or else from
// the policy. A key without an exchange means nothing.
func joinDeadLetters(asked, says *deadLetter, p *Policy) *deadLetter {
	if asked == nil {
		return says
	}
	joined := *asked
	if key, ok := p.Definition.Get("dead-letter-routing-key"); ok && !asked.rekey {
		joined.key, joined.rekey = fmt.Sprint(key), true
	}
	return &joined
}

func sameLetter(a, b *deadLetter) bool { return a == b || a != nil && b != nil && *a == *b }

// effective is the policy of an exchange if it says something about exchanges.
func (x *Exchange) effective() *Policy {
	if x.policy != nil {
		if _, ok := x.policy.Definition.Get("alternate-exchange"); ok {
			return x.policy
		}
	}
	return nil
}

// governExchange does the same for an exchange: its alternate one. The default exchange
// has none.
func (v *VHost) governExchange(x *Exchange) (changed bool) {
	if x.Name == "" {
		return false
	}
	before := x.alternate
	x.policy, x.alternate = v.applying("exchanges", x.Name), x.asked
	if p := x.effective(); p != nil {
		x.used = true
		if name, _ := p.Definition.Get("alternate-exchange"); x.asked == nil {
			text := fmt.Sprint(name)
			x.alternate = &text
		}
	}
	if x.alternate != nil {
		if other, ok := v.exchanges[*x.alternate]; ok && x.used {
			other.used = true
		}
	}
	return (before == nil) != (x.alternate == nil) || before != nil && *before != *x.alternate
}
