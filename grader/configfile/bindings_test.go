package configfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

var routing = &labs.Routing{
	Exchanges: map[string]string{"events": "topic", "amq.fanout": "fanout"},
	Queues:    []string{"audit", "billing"},
	Exchange:  "events",
}

// TestBindings: every mistake in a file of bindings is found at its line and column, and
// a warning is no mistake.
func TestBindings(t *testing.T) {
	in := func(lines ...string) string {
		return "exchange: events\nbindings:\n" + strings.Join(lines, "\n") + "\n"
	}
	for _, tt := range []struct{ name, text, want string }{
		{"all is well", in("  - {queue: audit, pattern: user.#}", "  - queue: billing", "    pattern: '#.failed'"), "audit user.# 3; billing #.failed 5"},
		{"none", "exchange: events\nbindings: []\n", ""},
		{"the whole pattern is a wildcard", in(`  - {queue: audit, pattern: "#"}`), "audit # 3"},
		{"an unknown field", in("  - {queue: audit, patern: a}"), "3:20 config-unknown bindings.1.patern; 3:5 config-required bindings.1.pattern"},
		{"an unknown field at the top", in("  - {queue: audit, pattern: a}", "vhost: /"), "4:1 config-unknown vhost"},
		{"an unknown queue", in("  - {queue: audits, pattern: a}"), "3:13 config-value bindings.1.queue"},
		{"an unknown exchange", "exchange: event\nbindings: []\n", "1:11 config-value exchange"},
		{"no exchange", "bindings: []\n", "1:1 config-required exchange"},
		{"no list", "exchange: events\nbindings:\n  queue: audit\n", "3:3 config-list bindings"},
		{"a list of words", in("  - audit"), "3:5 config-object bindings.1"},
		{"a list as a pattern", in("  - {queue: audit, pattern: [a]}"), "3:29 config-scalar bindings.1.pattern"},
		{"an empty pattern", in(`  - {queue: audit, pattern: ""}`), "3:29 pattern-empty"},
		{"a pattern that is left out", in("  - queue: audit", "    pattern:"), "4:13 pattern-empty"},
		{"a pattern that YAML takes for a comment", in("  - queue: audit", "    pattern: #.failed"), "4:14 config-yaml-hash"},
		{"the same in braces", in("  - {queue: audit, pattern: #.failed}"), "3:29 config-yaml-hash"},
		{"a pattern that YAML takes for an alias", in("  - {queue: audit, pattern: *.failed}"), "3:29 config-yaml-star"},
		{"the same on a line of its own", in("  - queue: audit", "    pattern: *.failed"), "4:14 config-yaml-star"},
		{"a lone star", in("  - {queue: audit, pattern: user.a}", "  - {queue: audit, pattern: *}"), "4:29 config-yaml-star"},
		{"255 bytes", in("  - {queue: audit, pattern: " + strings.Repeat("a", 255) + "}"), "audit " + strings.Repeat("a", 255) + " 3"},
		{"256 bytes", in("  - {queue: audit, pattern: " + strings.Repeat("a", 256) + "}"), "3:29 pattern-long"},
		{"twice", in("  - {queue: audit, pattern: a}", "  - {queue: billing, pattern: a}", "  - {queue: audit, pattern: a}"), "5:29 binding-twice"},
		{"a wildcard beside letters", in(`  - {queue: audit, pattern: "user.lo*"}`), "3:29 warning pattern-literal; audit user.lo* 3"},
		{"two of them in a word", in(`  - {queue: audit, pattern: "user.**"}`), "3:29 warning pattern-literal; audit user.** 3"},
		{"no patterns elsewhere", "exchange: amq.fanout\nbindings: [{queue: audit, pattern: 'lo*'}]\n", "audit lo* 2"},
		{"numbers are words", in("  - {queue: audit, pattern: 7}"), "audit 7 3"},
		{"too many", in(strings.TrimSuffix(strings.Repeat("  - {queue: audit, pattern: a}\n", MaxBindings+1), "\n")), "103:5 bindings-limit"},
		{"an empty pattern with a remark", in("  - queue: audit", `    pattern: "" #.failed`), "4:14 pattern-empty"},
		{"no YAML", "exchange: [", "1:1 config-yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var said []string
			bindings, problems := Bindings("bindings.yaml", tt.text, routing)
			for _, p := range problems {
				warning := ""
				if p.Warning {
					warning = "warning "
				}
				said = append(said, strings.TrimSpace(fmt.Sprintf("%d:%d %s%s %s", p.Line, p.Column, warning, p.Code, p.Params["field"])))
			}
			for _, b := range bindings {
				said = append(said, fmt.Sprintf("%s %s %d", b.Queue, b.Pattern, b.Line))
			}
			if got := strings.Join(said, "; "); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAsManyBindingsAsMayBe: the last one that fits is bound.
func TestAsManyBindingsAsMayBe(t *testing.T) {
	text := "exchange: events\nbindings:\n"
	for i := range MaxBindings {
		text += fmt.Sprintf("  - {queue: audit, pattern: k%d}\n", i)
	}
	if bindings, problems := Bindings("b.yaml", text, routing); len(bindings) != MaxBindings || len(problems) > 0 {
		t.Errorf("%d bindings of %d: %+v", len(bindings), MaxBindings, problems)
	}
}

// TestTrace: a binding of a file has its line in the journal, another has none.
func TestTrace(t *testing.T) {
	bindings, _ := Bindings("b.yaml", "exchange: events\nbindings: [{queue: audit, pattern: a}]\n", routing)
	events := []brokers.Event{
		{Kind: brokers.Bound, Exchange: "events", Place: "billing", Key: "a"},
		{Kind: brokers.Bound, Exchange: "events", Place: "audit", Key: "a"},
		{Kind: brokers.Routed, Exchange: "events", Place: "audit", Key: "a"},
		{Kind: brokers.Bound, Exchange: "others", Place: "audit", Key: "a"},
	}
	Trace(events, bindings)
	if events[3].Line != 0 || events[0].Line != 0 || events[1].Line != 2 || events[1].File != "b.yaml" || events[2].Line != 0 {
		t.Errorf("traced %+v", events)
	}
}

// FuzzBindings: any bytes end, problems are within the file, and what is bound fits AMQP.
func FuzzBindings(f *testing.F) {
	f.Add("exchange: events\nbindings:\n  - {queue: audit, pattern: user.#}\n")
	f.Add("exchange: events\nbindings:\n  - {queue: audit, pattern: *.b}\n")
	f.Add("exchange: events\nbindings:\n  - queue: audit\n    pattern: # no\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		bindings, problems := Bindings("a.yaml", text, routing)
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Fatalf("problem at %d:%d of %d lines", p.Line, p.Column, lines)
			}
		}
		for _, b := range bindings {
			if len(b.Pattern) == 0 || len(b.Pattern) > maxPattern || b.Queue == "" || len(bindings) > MaxBindings {
				t.Fatalf("bound %+v", b)
			}
		}
	})
}
