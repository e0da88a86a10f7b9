package course

import (
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/labs"
)

const chartedPredict = `id: who-is-stuck
kind: single
question: Who is stuck?
caption: One partition.
broker: kafka
chart: {lag: billing, service: ledger}
setup:
  - topic: orders
then:
  - wait: 1m
options:
  - {text: Nobody., why: SECRET nobody., correct: true}
  - {text: All., why: SECRET all.}
why: SECRET both.
`

func someLag() *labs.Lag {
	s := time.Second
	return &labs.Lag{
		Group: "billing", Ends: 100 * s, Asked: 50 * s, Rebalances: []time.Duration{25 * s},
		Partitions: []labs.LagOf{
			{Partition: "orders/0", Points: []labs.LagPoint{
				{At: 0, Committed: 4, End: 4, Owner: "a"}, {At: 50 * s, Committed: 4, End: 12, Owner: "a"}, {At: 75 * s, Start: 5, Committed: 4, End: 30},
			}},
			{Partition: "orders/1", Points: []labs.LagPoint{{At: 20 * s, Committed: -1, End: 7}}},
		},
		Waiting: []labs.Waiting{{At: 0, N: 0}, {At: 40 * s, N: 33}},
	}
}

func TestAChartOfLagIsWholeWithoutScripts(t *testing.T) {
	html := string(site{lang: "en"}.chart("x", someLag()))
	for what, want := range map[string]string{
		"the curve":             `<path class="lag-line" d="M0.0 52.0V52.0H500.0V38.1H750.0V6.9H1000.0"/>`,
		"what nobody knows":     `<path class="lag-area" d=""/>`,
		"an owner":              `<rect class="lag-owner" x="0.00%" y="75" width="75.00%" height="18"/>`,
		"no owner":              `<rect class="lag-owner lag-nobody" x="75.00%" y="75" width="25.00%" height="18"/>`,
		"a rebalance":           `<line class="lag-rebalance" x1="25.00%"`,
		"the question":          `<line class="lag-asked" x1="50.00%"`,
		"the scale":             `>30</text>`,
		"the end, as a row":     `<th scope="row">orders/0</th><td>5</td><td>4</td><td>30</td><td>26</td><td>–</td>`,
		"a dash":                `<th scope="row">orders/1</th><td>0</td><td>–</td><td>7</td><td>–</td><td>–</td>`,
		"what the ledger waits": `<th scope="row" colspan="4">Orders not charged yet</th><td>33</td>`,
		"words":                 `orders/0: from 0 to 26, at most 26. orders/1: unknown in the end`,
		"numbers":               `<th scope="row">0:50</th><td>8, a</td><td>–</td><td>33</td>`,
		"a time of the axis":    `>0:50</text>`,
		"the slider":            `type="range" min="0" max="100" step="1" value="100"`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("%s: no %s in\n%s", what, want, html)
		}
	}
	if strings.Contains(html, "style=") {
		t.Error("the page's policy forbids style attributes")
	}
	for _, none := range []*labs.Lag{nil, {Group: "g", Ends: time.Second}} {
		if got := (site{lang: "en"}).chart("x", none); got != "" {
			t.Errorf("a chart of nothing: %s", got)
		}
	}
}

func TestScalesAreRound(t *testing.T) {
	for n, want := range map[int64]int64{0: 5, 5: 5, 6: 8, 11: 15, 99: 100, 124: 150, 181: 200, 342: 400, 401: 500} {
		if got := niceTop(n); got != want {
			t.Errorf("%d: up to %d, want %d", n, got, want)
		}
	}
}

// The picture of a scene would answer the question about its chart: it is closed until
// then.
func TestAChartIsSeenBeforeTheAnswerAndThePictureAfterIt(t *testing.T) {
	p := page(t, tree(map[string]string{"01-one.md": front + fenced("predict", chartedPredict)}), "en", "nine", "one")
	if p.Broken {
		t.Fatal(p.Findings)
	}
	told := map[string]Told{"who-is-stuck": {Lag: someLag()}}
	open := p.Answered(nil, told)
	for _, want := range []string{`<div class="play-chart"><div class="lag"`, `<div class="play-view" hidden></div>`, "Read the chart: one answer", "Answer, then see"} {
		if !strings.Contains(open, want) {
			t.Errorf("before the answer: no %s in\n%s", want, open)
		}
	}
	answers := map[string]Answered{"who-is-stuck": {
		Answer: labs.QuizAnswer{Options: []int{0}}, Result: &labs.QuizResult{Verdict: labs.QuizRight, Options: []labs.QuizMark{{Correct: true}, {}}},
	}}
	over := p.Answered(answers, told)
	for _, want := range []string{`<div class="play-view"></div>`, "You have read it right."} {
		if !strings.Contains(over, want) {
			t.Errorf("after the answer: no %s in\n%s", want, over)
		}
	}
	if words := p.Words(p.Questions[0], told["who-is-stuck"]); !strings.HasPrefix(words, `<div class="lag" data-lag="{&#34;ends&#34;:100000,`) {
		t.Errorf("the words of a script: %.80s", words)
	}
}
