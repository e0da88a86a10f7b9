package labs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Moment is the kind of a prediction that marks a moment on the timeline.
const Moment = "moment"

// PredictKinds are the kinds of predictions in the order that authors are told them.
var PredictKinds = []string{Single, Multiple, Moment}

// A Predict is a question about what a scene will do, in one language. The scene
// up to the question is seen before the answer, the rest after it.
type Predict struct {
	Quiz   *Quiz // graded as any; a moment is a single one
	Moment bool  // the options are moments, in the order of time
	Play   *Play // without actions; Steps are those before the question
	Then   []Step
	Events []EventPattern // of each option: what happens, or not; may be empty
}

// An EventPattern describes events of a journal; a field that is empty matches all.
type EventPattern struct {
	Kind, Place, Exchange, Key, Consumer, Label, Source, Reason string
	Redelivered                                                 bool
	Count                                                       int // how many there are; 0: at least one
	Line                                                        int // 0: the option has no pattern
}

// Scene is the scene: with what follows the question, or only what comes before it.
func (p *Predict) Scene(whole bool) Scene {
	s := Scene{Broker: p.Play.Broker, Setup: p.Play.Setup, Steps: slices.Clone(p.Play.Steps)}
	if whole {
		s.Steps = append(s.Steps, p.Then...)
	}
	return s
}

// Hash is that of the question and the scene.
func (p *Predict) Hash() string {
	s := p.Scene(true)
	sum := sha256.Sum256(fmt.Append(nil, p.Quiz.Hash(), p.Moment, s.Broker, len(p.Then), bare(s.Setup), bare(s.Steps)))
	return hex.EncodeToString(sum[:])
}

// bare are steps without their lines.
func bare(steps []Step) []Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Line = 0
	}
	return out
}

// Differences says in what a prediction differs from its original in another
// language.
func (p *Predict) Differences(original *Predict) []string {
	found := append(p.Quiz.Differences(original.Quiz), p.Play.Differences(original.Play)...)
	if p.Moment != original.Moment {
		found = append(found, fmt.Sprintf("is about a moment: %t, but %t", p.Moment, original.Moment))
	}
	return append(found, differentSteps("then", p.Then, original.Then)...)
}

// ParsePredict reads the YAML of a prediction, strictly, as ParsePlay and ParseQuiz do.
func ParsePredict(raw []byte) (*Predict, []Finding) {
	root, found := yamlRoot(raw)
	if found != nil {
		return nil, found
	}
	q, play := &Quiz{Line: 1}, &Play{Line: 1}
	p := &predictParser{Predict: &Predict{Quiz: q, Play: play}}
	p.quiz = q
	p.readBroker(root)
	there := p.fields(root, map[string]func(*yaml.Node){
		"id": p.idInto(&q.ID), "kind": p.predictKind, "question": p.markdown(&q.Question), "options": p.predictOptions,
		"caption": p.text(&play.Caption), "noun": p.text(&play.Noun), "broker": func(*yaml.Node) {}, "why": p.markdown(&q.Why),
		"setup": p.steps(&play.Setup), "steps": p.steps(&play.Steps), "then": p.steps(&p.Then), "hint": p.markdown(&q.Hint),
		"chart": p.chart(&play.Chart),
	})
	p.need(root, there, "id", "kind", "question", "options", "caption", "broker", "setup", "then", "why")
	if options := there["options"]; options != nil && len(p.findings) == 0 {
		p.correct(options)
	}
	play.Broker, play.ID = p.broker, q.ID
	if len(p.findings) > 0 {
		return nil, p.findings
	}
	return p.Predict, nil
}

type predictParser struct {
	playParser
	*Predict
}

func (p *predictParser) predictKind(n *yaml.Node) {
	s, ok := p.scalar(n, "a kind")
	if ok && !slices.Contains(PredictKinds, s) {
		p.fail(n, "kind is %q, expected one of %s", s, strings.Join(PredictKinds, ", "))
	}
	p.quiz.Kind = s
	if s == Moment {
		p.quiz.Kind, p.Moment = Single, true
	}
}

// predictOptions reads the options, each with what happens if it is right.
func (p *predictParser) predictOptions(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode || len(n.Content) < 2 || len(n.Content) > MaxOptions {
		p.fail(n, "found %s, expected a list of 2 to %d options, each with text and why", foundIn(n), MaxOptions)
		return
	}
	for _, item := range n.Content {
		o, e := Option{Line: item.Line}, EventPattern{}
		there := p.fields(item, map[string]func(*yaml.Node){
			"text": p.markdown(&o.Text), "why": p.markdown(&o.Why), "correct": p.flag(&o.Correct), "event": p.event(&e),
		})
		p.need(item, there, "text", "why")
		p.quiz.Options = append(p.quiz.Options, o)
		p.Events = append(p.Events, e)
	}
}

// event reads what a journal holds when an option is right.
func (p *predictParser) event(e *EventPattern) func(*yaml.Node) {
	return func(n *yaml.Node) {
		e.Line = n.Line
		there := p.fields(n, map[string]func(*yaml.Node){
			"kind": p.text(&e.Kind), "place": p.text(&e.Place), "exchange": p.text(&e.Exchange), "key": p.text(&e.Key),
			"consumer": p.text(&e.Consumer), "label": p.text(&e.Label), "source": p.text(&e.Source), "reason": p.text(&e.Reason),
			"redelivered": p.flag(&e.Redelivered), "count": p.countInto(&e.Count),
		})
		p.need(n, there, "kind")
	}
}

func (p *predictParser) countInto(dst *int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !aNumber(1, 1000).ok(n) || n.Decode(dst) != nil {
			p.fail(n, "found %s, expected a whole number from 1 to 1000", foundIn(n))
		}
	}
}
