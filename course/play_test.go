package course

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/brokerlab/brokerlab/labs"
)

func fenced(kind, yaml string) string { return "\n```" + kind + "\n" + yaml + "```\n" }

const (
	onePlay = `id: one-queue
caption: What one queue does.
broker: rabbitmq
setup:
  - queue: orders
steps:
  - publish: {key: orders, label: "4"}
actions:
  - id: own
    say: Publish
    fields:
      - {name: key, label: Routing key, value: orders}
      - {name: how, label: How often, options: [once, twice]}
    do:
      - publish: {key: "{key}"}
`
	onePredict = `id: who-gets-it
kind: multiple
question: Which queues get it?
caption: Two queues.
broker: rabbitmq
setup:
  - queue: a
  - queue: b
then:
  - publish: {key: a}
options:
  - {text: Queue a., why: SECRET a., correct: true, event: {kind: routed, place: a}}
  - {text: Queue b., why: SECRET b., event: {kind: routed, place: b}}
why: SECRET both.
`
)

func TestAPlayIsAFigure(t *testing.T) {
	p := page(t, tree(map[string]string{"01-one.md": front + fenced("play", onePlay)}), "en", "nine", "one")
	if p.Broken || len(p.Plays) != 1 {
		t.Fatalf("%v: %d plays", p.Findings, len(p.Plays))
	}
	for _, want := range []string{
		`<figure class="play" id="play-one-queue" data-play="/api/plays/nine/one/one-queue"`, `<div class="play-actions" hidden>`,
		`<form class="play-action" data-action="own"><label for="play-one-queue-own-key">Routing key</label>`,
		`<input id="play-one-queue-own-key" name="key" type="text" value="orders"`, `<option selected>once</option><option>twice</option>`,
		`<figcaption>What one queue does.</figcaption>`,
	} {
		if !strings.Contains(p.HTML, want) {
			t.Errorf("no %s in\n%s", want, p.HTML)
		}
	}
	if strings.Contains(p.HTML, "<details") {
		t.Error("words of a scene that nobody has played")
	}
	told := Told{Runs: []ToldRun{{
		Events: []string{"order 4 <comes>"}, More: 3, Places: []ToldPlace{{Kind: "queue", Name: "orders", Ready: 1, Done: 7}},
		Ends: []ToldEnd{{Kind: "node", Name: "node-1", Says: "leads 1 partition"}},
	}}}
	html := p.Answered(nil, map[string]Told{"one-queue": told})
	for _, want := range []string{
		`<details class="play-told" open>`, `<li>order 4 &lt;comes&gt;</li>`, "Then 3 more events.",
		`<th scope="row">queue orders</th><td>1</td><td>0</td><td>7</td>`,
		"<p>In the end:</p>\n<ul><li>node-1: leads 1 partition</li></ul>",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in\n%s", want, html)
		}
	}
}

// Before the answer nothing of it is in the page; afterwards all is, and there is no
// second try.
func TestAPredictionIsAnsweredOnce(t *testing.T) {
	p := page(t, tree(map[string]string{"01-one.md": front + fenced("predict", onePredict)}), "en", "nine", "one")
	if p.Broken || len(p.Questions) != 1 {
		t.Fatalf("%v: %d questions", p.Findings, len(p.Questions))
	}
	if q, ok := p.Prediction("who-gets-it"); !ok || q.Predict == nil {
		t.Error("it is not found")
	}
	for _, want := range []string{`<figure class="play" id="play-who-gets-it"`, `<form class="quiz predict"`, "Predict, then see", `type="checkbox"`} {
		if !strings.Contains(p.HTML, want) {
			t.Errorf("no %s in\n%s", want, p.HTML)
		}
	}
	for _, not := range []string{"SECRET", "publish", "routed", "disabled"} {
		if strings.Contains(p.HTML, not) {
			t.Errorf("%s before the answer in\n%s", not, p.HTML)
		}
	}
	q, _ := p.Question("who-gets-it")
	form := p.Form(q, Answered{Answer: labs.QuizAnswer{Options: []int{1}}, Result: &labs.QuizResult{
		Verdict: labs.QuizWrong, Of: 1, Astray: 1, Options: []labs.QuizMark{{Correct: true}, {Chosen: true}},
	}})
	for _, want := range []string{"SECRET a.", "SECRET b.", "SECRET both.", "This is what happens.", "You said so, but no.", "<fieldset disabled", "It goes another way."} {
		if !strings.Contains(form, want) {
			t.Errorf("no %s in\n%s", want, form)
		}
	}
	if strings.Contains(form, "<button") {
		t.Errorf("a second try in\n%s", form)
	}
}

func TestMistakesInScenes(t *testing.T) {
	with := func(change ...string) string {
		return front + fenced("play", strings.NewReplacer(change...).Replace(onePlay))
	}
	guess := func(change ...string) string {
		return front + fenced("predict", strings.NewReplacer(change...).Replace(onePredict))
	}
	const at = "en/01-nine/01-one.md:"
	tests := []struct{ name, text, want string }{
		{"YAML", front + fenced("play", "id: [\n"), at + "9: play: this is not YAML: did not find expected node content"},
		{"a field", with("caption:", "title:"), at + `9: play: field "caption" is missing`},
		{"an unknown field", with("steps:", "stepps:"), at + `14: play: field "stepps" is unknown, expected one of actions, broker, caption, chart, id, noun, setup, steps`},
		{"a broker", with("rabbitmq", "rabbit"), at + `11: play: broker is "rabbit", expected one of kafka, rabbitmq`},
		{"a verb", with("- publish: {key: orders, label", "- send: {key: orders, label"), at + `15: play: verb "send" is unknown, expected one of ack, bind, cancel, consumer, crash, delete, disconnect, exchange, nack, publish, publisher, queue, reject, restart, unbind, wait, work`},
		{"a field of a verb", with("{key: orders, label", "{rounting_key: orders, label"), at + `15: play: publish: field "rounting_key" is unknown, expected one of count, exchange, expiration, from, headers, key, label, mandatory, priority, takes`},
		{"a value", with("- queue: orders", "- queue: {name: orders, durable: maybe}"), at + `13: play: queue: durable: found "maybe", expected true or false`},
		{"a missing value", with("- queue: orders", "- consumer: w"), at + `13: play: consumer: field "queue" is missing`},
		{"a time", with("- publish: {key: orders, label: \"4\"}", "- wait: soon"), at + `15: play: wait: for: found "soon", expected a time of at most a day, such as 500ms, 30s or 5m, or idle: until nobody has work`},
		{"two verbs", with("- queue: orders", "- {queue: a, wait: 1s}"), at + `13: play: found fields, expected one verb with its fields, such as publish: {exchange: events, key: user.login}`},
		{"nothing happens", front + fenced("play", "id: x\ncaption: x\nbroker: rabbitmq\nsetup: []\n"), at + `9: play: found neither "steps" nor "actions", expected at least one: nothing happens`},
		{"a name of a field", with("name: key", "name: Key 1"), at + `20: play: name is "Key 1", expected small Latin letters, such as key`},
		{"id twice", with() + fenced("play", onePlay), at + `27: play: id "one-queue" is taken above`},
		{"a chart", with("rabbitmq\n", "rabbitmq\nchart: {lag: g}\n"), at + `12: play: broker is "rabbitmq", expected kafka: only its groups have a lag`},
		{"a chart of nothing", with("rabbitmq\n", "rabbitmq\nchart: {service: ledger}\n"), at + `12: play: field "lag" is missing`},
		{"a kind", guess("kind: multiple", "kind: guess"), at + `10: predict: kind is "guess", expected one of single, multiple, moment`},
		{"no right one", guess("correct: true, ", ""), at + "19: predict: no option has correct: true, expected at least one"},
		{"a pattern", guess("{kind: routed, place: b}", "{queue: b}"), at + `21: predict: field "queue" is unknown, expected one of consumer, count, exchange, key, kind, label, place, reason, redelivered, source`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := english(Lint(tree(map[string]string{"01-one.md": tt.text}), oneLab))
			for _, f := range got {
				if f == tt.want {
					return
				}
			}
			t.Errorf("got  %q\nwant %q", got, tt.want)
		})
	}
}

func TestScenesOfTranslationsAreCompared(t *testing.T) {
	fsys := tree(map[string]string{"01-one.md": front + fenced("play", onePlay) + fenced("predict", onePredict)})
	fsys["ru/01-nine/01-one.md"] = &fstest.MapFile{Data: []byte(front +
		fenced("play", strings.Replace(onePlay, "key: orders", "key: order", 1)) +
		fenced("predict", strings.Replace(onePredict, "- publish: {key: a}", "- publish: {key: b}", 1)))}
	var got []string
	for _, f := range Lint(fsys, oneLab) {
		if strings.HasPrefix(f.File, "ru/") && f.Line > 1 {
			got = append(got, f.String())
		}
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		`play "one-queue": steps: step 1 is publish: [key:order label:4], but publish: [key:orders label:4] in en/01-nine/01-one.md:8`,
		`quiz "who-gets-it": then: step 1 is publish: [key:b], but publish: [key:a] in en/01-nine/01-one.md:`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in\n%s", want, all)
		}
	}
}
