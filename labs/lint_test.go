package labs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLintSaysExactly breaks the lab in one way and reads all that is said of it:
// the line, what was found and what is expected, and nothing that only follows.
func TestLintSaysExactly(t *testing.T) {
	const check = `check "nothing-lost": `
	for _, tt := range []struct{ name, file, old, new, want string }{
		{"undefined variable", "lab.yaml", "${first}", "${frist}", "found ${frist}, expected a name of variants: first, poison"},
		{"undefined variable in a title", "lab.yaml", "en: The worker holds at most one order.", "en: The worker holds ${one} order.", "found ${one}, expected a name of variants: first, poison"},
		{"undefined variable in the text", "lab.en.md", "# A work queue", "# A ${work} queue", "found ${work}, expected a name of variants: first, poison"},
		{"undefined variable in a hint", "hints.ru.md", "\n- ", "\n- ${Что}: ", "found ${Что}, expected a name of variants: first, poison"},
		{"undefined variable in the starter", "starter/main.go", "func main() {", "func main() { // ${x}", "found ${x}, expected a name of variants: first, poison"},
		{"undefined variable in the solution", "solution/main.go", "func main() {", "func main() { // ${x}", "found ${x}, expected a name of variants: first, poison"},
		{"undefined variable in a wrong attempt", "wrong/ack-first/main.go", "func main() {", "func main() { // ${x}", "found ${x}, expected a name of variants: first, poison"},
		{"unknown service", "lab.yaml", "services: [ledger]", "services: [ledgr, ledger]", `service: found "ledgr", expected one of connect, db, ledger, outbox, search`},
		{"unknown service of a check", "lab.yaml", "property: at-least-once\n    with: {queue: orders, service: ledger",
			"property: at-least-once\n    with: {queue: orders, service: ledgr", check + `service: found "ledgr", expected one of ledger`},
		{"unknown broker", "lab.yaml", "  rabbitmq:\n", "  rabbit:\n    - declare: {queue: a}\n  rabbitmq:\n", `broker: found "rabbit", expected one of kafka, rabbitmq`},
		{"unknown step", "lab.yaml", "- publish: {key: orders, body: '{\"order\":\"2\"", "- puplish: {key: orders, body: '{\"order\":\"2\"",
			`rabbitmq: step: found "puplish", expected one of bind, declare, publish`},
		{"unknown field of a step", "lab.yaml", "- publish: {key: orders, body: '{\"order\":\"2\"", "- publish: {kye: orders, body: '{\"order\":\"2\"",
			`rabbitmq: publish: field "kye" is unknown, expected one of exchange, key, body, headers, count`},
		{"step without fields", "lab.yaml", "- declare: {queue: orders.dead, durable: true}", "- declare: orders.dead",
			`declare: found "orders.dead", expected a step with its fields, such as declare: {queue: orders}`},
		{"queue of a check", "lab.yaml", "property: at-least-once\n    with: {queue: orders,", "property: at-least-once\n    with: {queue: oders,",
			check + `queue: found the queue "oders", expected one that is declared under brokers or in the solution: orders.dead, orders`},
		{"queue of until", "lab.yaml", "settled: [orders]", "settled: [oders]",
			`until: settled: found the queue "oders", expected one that is declared under brokers or in the solution: orders.dead, orders`},
		{"read-only file", "lab.yaml", "read_only: [ledger.go]", "read_only: [ledger.go, nope.go]", `read_only: found "nope.go", expected a file of starter: ledger.go, main.go`},
		{"unknown chapter", "lab.yaml", "chapter: rabbitmq", "chapter: rabitmq", `chapter: found "rabitmq", expected one of kafka, rabbitmq`},
		{"unknown property", "lab.yaml", "property: at-least-once", "property: at-least-never",
			check + `property: found "at-least-never", expected one of ` + strings.Join(propertyNames(), ", ")},
		{"unknown field", "lab.yaml", "minutes: 30", "minuets: 30", `field "minuets" is unknown, expected one of attempts, brokers, chapter, checks, config, declines, ` +
			"difficulty, label, limits, minutes, noun, objectives, points, read_only, requires, services, solution, steps, summary, until, variants, version"},
		{"unknown field of until", "lab.yaml", "until: {settled:", "until: {setled:", `field "setled" is unknown, expected one of charged, quiet, settled`},
		{"unknown field of a message", "lab.yaml", "expected: Every order is charged.", "expects: Every order is charged.",
			`field "expects" is unknown, expected one of sentence, why, expected, found`},
		{"one language", "lab.yaml", "noun: {en: order, ru: заказ}", "noun: order", `noun: found "order", expected {en: …, ru: …}`},
		{"minutes in words", "lab.yaml", "minutes: 30", "minutes: many", `minutes: found "many", expected a whole number`},
		{"solution in one word", "lab.yaml", "solution: {publish: after-pass}", "solution: after-pass", `solution: found "after-pass", expected fields: publish`},
		{"code beside config", "lab.yaml", "steps: [code]", "steps: [code, config]", "steps: found code and config, expected one of them: either a program is graded or files that are applied"},
		{"starter is no Go", "starter/main.go", "func main() {", "func main( {", "is no Go program: expected ')', found '{'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := copyTree(t)
			file := tree["rabbitmq/work-queue/"+tt.file]
			before, _, ok := strings.Cut(string(file.Data), tt.old)
			if !ok {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			file.Data = []byte(strings.Replace(string(file.Data), tt.old, tt.new, 1))
			line := 1 + strings.Count(before, "\n") + strings.Count(tt.new[:firstDifference(tt.old, tt.new)], "\n")
			want := []string{Finding{File: "rabbitmq/work-queue/" + tt.file, Line: line, Message: tt.want}.Error()}
			var got []string
			for _, f := range Lint(tree, "kafka", "rabbitmq") {
				got = append(got, f.Error())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestLintOfDelays: a pause that is no time is found before a run.
func TestLintOfDelays(t *testing.T) {
	for delay, want := range map[any]int{"10s": 0, "soon": 1, "-1s": 1, 10: 1} {
		n := &linter{lab: &Lab{}}
		n.names(Check{ID: "x", With: map[string]any{"delay": delay}}, nil)
		if len(n.findings) != want {
			t.Errorf("delay %v: %v, want %d findings", delay, n.findings, want)
		}
	}
}
