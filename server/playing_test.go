package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// Play makes an event of each step: what a scene really does is tested beside the
// grader.
func (g *fakeGrader) Play(_ context.Context, scene labs.Scene) (grader.Played, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.plays++
	if g.playErr != nil {
		return grader.Played{}, g.playErr
	}
	p := grader.Played{
		Broker: scene.Broker, Start: brokers.State{Seq: 10},
		End: brokers.State{Places: []brokers.Place{{ID: "exchange:x", Kind: "exchange", Name: "x"}, {ID: "queue:q", Kind: "queue", Name: "q", Ready: len(scene.Steps)}}},
	}
	for i, step := range scene.Steps {
		key := fmt.Sprint(step.With["key"])
		if key == "refused" {
			return p, &grader.SceneError{Line: step.Line, Do: step.Do, Why: "no"}
		}
		seq := uint64(11 + i)
		p.Events = append(p.Events, brokers.Event{Seq: seq, Kind: brokers.Published, Key: key, Message: uint64(i + 1)})
		p.Steps = append(p.Steps, seq)
	}
	return p, nil
}

// sceneLesson is a page with a play and a prediction; %[1]s is a word of its language.
const sceneLesson = `---
id: rabbitmq-scenes
title: %[1]s
summary: x
minutes: 1
---

%[1]s.

` + "```play" + `
id: one-play
caption: %[1]s one.
broker: rabbitmq
setup: [queue: q]
steps:
  - publish: {key: first}
actions:
  - id: own
    say: Go
    fields: [{name: key, label: Key, value: second}]
    do: [publish: {key: "{key}"}]
` + "```\n\n```predict" + `
id: one-guess
kind: single
question: %[1]s?
caption: %[1]s two.
broker: rabbitmq
setup: [queue: q]
steps: [publish: {key: given}]
then: [publish: {key: secretkey}]
options:
  - {text: Zero, why: SECRET zero., correct: true}
  - {text: One, why: SECRET one.}
why: SECRET why.
` + "```\n"

func sceneSite(t *testing.T) *site {
	t.Helper()
	s := start(t)
	s.teach(t, sceneLesson)
	return s
}

const playAPI = "/api/plays/rabbitmq/quizzes/"

// keysOf are the keys that a recording's events have, and where it opens.
func (s *site) keysOf(t *testing.T, method, path, body string) (keys []string, at uint64) {
	t.Helper()
	rec := answerOf[grader.Recording](t, s, method, path, body, http.StatusOK)
	if rec.Events[0].Kind != brokers.Started || rec.Events[0].Seq != rec.Start.Seq+1 || rec.At < rec.Events[0].Seq {
		t.Errorf("it does not begin with how all stands: %+v", rec.Events[0])
	}
	for _, e := range rec.Events[1:] {
		keys = append(keys, e.Key)
		if rec.Texts[e.Seq] == "" {
			t.Errorf("event %d has no sentence", e.Seq)
		}
	}
	return keys, rec.At
}

func TestAPlayGrowsByWhatIsPressed(t *testing.T) {
	s := sceneSite(t)
	press := func(keys ...string) string {
		var list []labs.Press
		for _, key := range keys {
			list = append(list, labs.Press{Action: "own", Fields: map[string]string{"key": key}})
		}
		raw, _ := json.Marshal(map[string]any{"actions": list})
		return string(raw)
	}
	for _, tt := range []struct {
		method, body, keys string
		at                 uint64
	}{
		{"GET", "", "[first]", 10},
		{"POST", press(), "[first]", 10},
		{"POST", press("a"), "[first a]", 11},
		{"POST", press("a", "b"), "[first a b]", 12},
	} {
		keys, at := s.keysOf(t, tt.method, playAPI+"one-play", tt.body)
		if fmt.Sprint(keys) != tt.keys || at != tt.at {
			t.Errorf("%s %s: %v at %d, want %s at %d", tt.method, tt.body, keys, at, tt.keys, tt.at)
		}
	}
	if got := answerOf[map[string]string](t, s, "POST", playAPI+"one-play?lang=ru", press("refused"), http.StatusOK); got["notNow"] != "Сейчас это сделать нельзя: сцена этого не допускает." {
		t.Errorf("what cannot be done now: %v", got)
	}
	for body, code := range map[string]int{
		press(strings.Repeat("a", 300)):             http.StatusBadRequest,
		`{"actions":[{"action":"none"}]}`:           http.StatusBadRequest,
		press(make([]string, labs.MaxPresses+1)...): http.StatusBadRequest,
		`{"acts":[]}`: http.StatusBadRequest,
	} {
		if got := s.do(t, "POST", playAPI+"one-play", body); got.Code != code {
			t.Errorf("%.60s: %d, want %d: %s", body, got.Code, code, got.Body)
		}
	}
	if got := s.do(t, "GET", playAPI+"no-play", ""); got.Code != http.StatusNotFound {
		t.Errorf("a scene that is not there: %d", got.Code)
	}
}

func TestWhatHasBeenPlayedIsKept(t *testing.T) {
	s := sceneSite(t)
	for range 3 {
		s.keysOf(t, "GET", playAPI+"one-play", "")
		s.keysOf(t, "GET", playAPI+"one-play?lang=ru", "")
	}
	if s.grader.plays != 1 {
		t.Errorf("played %d times, want once", s.grader.plays)
	}
}

// The rest of a prediction is its answer: nobody gets it before his own.
func TestAPredictionTellsAfterTheAnswerOnly(t *testing.T) {
	s := sceneSite(t)
	path := "/en" + quizPath
	if keys, _ := s.keysOf(t, "GET", playAPI+"one-guess", ""); fmt.Sprint(keys) != "[given]" {
		t.Errorf("before the answer: %v", keys)
	}
	if page := s.do(t, "GET", path, "").Body.String(); strings.Contains(page, "secretkey") || strings.Contains(page, "SECRET") || !strings.Contains(page, "given") {
		t.Errorf("before the answer the page holds\n%s", page)
	}
	if got := s.send(t, "en", "one-guess", url.Values{"option": {"1"}}); got.Code != http.StatusSeeOther {
		t.Fatalf("the form: %d %s", got.Code, got.Body)
	}
	keys, at := s.keysOf(t, "GET", playAPI+"one-guess", "")
	if fmt.Sprint(keys) != "[given secretkey]" || at != 11 {
		t.Errorf("after the answer: %v at %d", keys, at)
	}
	page := s.do(t, "GET", path, "").Body.String()
	for _, part := range []string{"secretkey", "SECRET zero.", "SECRET one.", "SECRET why.", "It goes another way."} {
		if !strings.Contains(page, part) {
			t.Errorf("no %s in the page after the answer", part)
		}
	}
	// A second answer, now that it is known, changes nothing.
	again := answerOf[map[string]any](t, s, "POST", quizAPI+"one-guess", `{"options":[0]}`, http.StatusOK)
	if again["verdict"] != "wrong" {
		t.Errorf("a second answer: %v", again["verdict"])
	}
}

// What a chart asks about is in the journal: it is closed until the answer.
func TestASceneWithAChartIsClosedUntilItsAnswer(t *testing.T) {
	s := start(t)
	s.teach(t, strings.NewReplacer("broker: rabbitmq", "broker: kafka", "caption: %[1]s two.", "caption: %[1]s two.\nchart: {lag: billing}",
		"queue: q", "topic: q", "publish: {key: first}", "produce: {topic: q, key: first}", `publish: {key: "{key}"}`, `produce: {topic: q, key: "{key}"}`,
		"publish: {key: given}", "produce: {topic: q, key: given}", "publish: {key: secretkey}", "produce: {topic: q, key: secretkey}").Replace(sceneLesson))
	if got := s.do(t, "GET", playAPI+"one-guess", ""); got.Code != http.StatusNotFound {
		t.Errorf("before the answer: %d %s", got.Code, got.Body)
	}
	if page := s.do(t, "GET", "/en"+quizPath, "").Body.String(); strings.Contains(page, "given") || !strings.Contains(page, `class="play-view" hidden`) {
		t.Errorf("before the answer the page holds\n%s", page)
	}
	if got := s.send(t, "en", "one-guess", url.Values{"option": {"1"}}); got.Code != http.StatusSeeOther {
		t.Fatalf("the form: %d %s", got.Code, got.Body)
	}
	if keys, at := s.keysOf(t, "GET", playAPI+"one-guess", ""); fmt.Sprint(keys) != "[given secretkey]" || at != 11 {
		t.Errorf("after the answer: %v at %d", keys, at)
	}
	if page := s.do(t, "GET", "/en"+quizPath, "").Body.String(); strings.Contains(page, `class="play-view" hidden`) {
		t.Errorf("after the answer the page holds\n%s", page)
	}
}

func TestAPageIsReadWhereNothingCanBePlayed(t *testing.T) {
	s := sceneSite(t)
	s.grader.playErr = &grader.Fault{Doing: "play", Err: context.DeadlineExceeded}
	got := s.do(t, "GET", "/en"+quizPath, "")
	if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "What one.") || strings.Contains(got.Body.String(), "play-told") {
		t.Errorf("%d\n%s", got.Code, got.Body)
	}
	if got := s.do(t, "GET", playAPI+"one-play", ""); got.Code != http.StatusBadGateway {
		t.Errorf("the scene: %d", got.Code)
	}
	s.grader.playErr = nil
	if page := s.do(t, "GET", "/en"+quizPath, "").Body.String(); !strings.Contains(page, "play-told") || !strings.Contains(page, "Go, Key: second") {
		t.Errorf("the page stays without words\n%s", page)
	}
}
