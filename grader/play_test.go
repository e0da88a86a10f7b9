package grader

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/labs"
)

func playOf(t *testing.T, yaml string) *labs.Play {
	t.Helper()
	p, found := labs.ParsePlay([]byte("id: x\ncaption: x\nnoun: order\nbroker: rabbitmq\n" + yaml))
	for _, f := range found {
		t.Fatal(f)
	}
	return p
}

const topicPlay = `setup:
  - exchange: {name: events, type: topic}
  - queue: a
  - queue: b
  - bind: {queue: a, exchange: events, key: "user.#"}
  - bind: {queue: b, exchange: events, key: "*.profile.*"}
actions:
  - id: own
    say: Publish
    fields: [{name: key, label: Routing key, value: user.login}]
    do: [publish: {exchange: events, key: "{key}", label: "4"}]
`

// TestPlay: a real lab host plays scenes, one after the other and the same way.
func TestPlay(t *testing.T) {
	g, _ := real(t)
	p := playOf(t, topicPlay)
	scene, err := p.Scene([]labs.Press{{Action: "own"}, {Action: "own", Fields: map[string]string{"key": "user.profile.photo"}}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := g.Play(context.Background(), scene)
	if err != nil {
		t.Fatal(err)
	}
	said, more := first.Sentences("en", p.Noun, 3)
	want := []string{"order 4 comes to the exchange events with the key user.login", "order 4 is ready in a", "order 4 comes to the exchange events with the key user.profile.photo"}
	if diff := cmp.Diff(want, said); diff != "" || more != 2 {
		t.Errorf("%d more and\n%s", more, diff)
	}
	if got := first.From(1).Events; len(got) != 3 || got[0].Key != "user.profile.photo" {
		t.Errorf("after the first press: %+v", got)
	}
	again, err := g.Play(context.Background(), scene)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	rec := first.Recording("x", p.Noun, "ru")
	if rec.At != first.Start.Seq || len(rec.Texts) != len(rec.Events) || rec.Texts[rec.Events[2].Seq] != "в a ждёт order 4" {
		t.Errorf("the recording opens at %d and says %v", rec.At, rec.Texts)
	}
}

// A wrong scene is its author's, with the line; the host goes on.
func TestAWrongSceneNamesItsLine(t *testing.T) {
	g, _ := real(t)
	p := playOf(t, strings.Replace(topicPlay, "bind: {queue: b,", "bind: {queue: c,", 1))
	scene, _ := p.Scene(nil)
	_, err := g.Play(context.Background(), scene)
	var wrong *SceneError
	if !errors.As(err, &wrong) || wrong.Line != 10 || !strings.Contains(wrong.Why, "no queue 'c'") {
		t.Errorf("%#v, want line 10", err)
	}
	found, err := g.LintPlay(context.Background(), p)
	if err != nil || len(found) != 1 || found[0].Line != 10 {
		t.Errorf("%v %v", found, err)
	}
	found, err = g.LintPlay(context.Background(), playOf(t, strings.Replace(topicPlay, "{exchange: events, key: \"{key}\"", "{exchange: lost, key: \"{key}\"", 1)))
	if err != nil || len(found) != 1 || found[0].Line != 15 {
		t.Errorf("%v %v", found, err)
	}
	if found, err := g.LintPlay(context.Background(), playOf(t, topicPlay)); err != nil || len(found) > 0 {
		t.Errorf("%v %v", found, err)
	}
}

const crashPredict = `id: x
kind: multiple
question: What happens?
caption: x
broker: rabbitmq
setup:
  - queue: orders
  - consumer: {name: worker, queue: orders, ack: manual, service: ledger}
steps:
  - publish: {key: orders, label: "4"}
then:
  - work: worker
  - crash: worker
  - restart: worker
  - work: worker
options:
  - {text: Twice., why: x, correct: true, event: {kind: effect, count: 2}}
  - {text: Lost., why: x, event: {kind: dropped}}
why: x
`

// A prediction is right about what happens, or lint says so.
func TestPredictionsAreHeldAgainstTheScene(t *testing.T) {
	g, _ := real(t)
	for _, tt := range []struct{ from, to, want string }{
		{"", "", ""},
		{"count: 2", "count: 1", "17: option 1: correct is true, but playing the scene says false"},
		{"kind: dropped", "kind: requeued", "18: option 2: correct is false, but playing the scene says true"},
		{"kind: multiple", "kind: moment", "18: moment 2: playing the scene brings no such event"},
		{"  - restart: worker", "  - restart: workers", "14: restart: there is no consumer \"workers\""},
	} {
		p, found := labs.ParsePredict([]byte(strings.Replace(crashPredict, tt.from, tt.to, 1)))
		if p == nil {
			t.Fatal(found)
		}
		found, err := g.LintPredict(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, f := range found {
			got += strings.TrimPrefix(f.Error(), ":")
		}
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", tt.to, got, tt.want)
		}
	}
	p, _ := labs.ParsePredict([]byte(crashPredict))
	played, err := g.Play(context.Background(), p.Scene(true))
	if err != nil || len(played.Proof(p)) != 2 {
		t.Errorf("%v: proof %v, want both charges", err, played.Proof(p))
	}
	for i := range p.Events {
		p.Events[i] = labs.EventPattern{}
	}
	if proof := played.Proof(p); proof == nil || len(proof) > 0 {
		t.Errorf("a question about a chart has the proof %#v, want an empty list", proof)
	}
}
