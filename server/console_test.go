package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/grader"
)

// consoleLesson is a page with a terminal; %[1]s is a word of its language.
const consoleLesson = `---
id: rabbitmq-terminals
title: %[1]s
summary: x
minutes: 1
---

%[1]s.

` + "```console" + `
id: one-terminal
caption: %[1]s one.
broker: rabbitmq
setup: [declare: {queue: q}]
commands:
  - rabbitmqadmin list queues
` + "```\n"

const terminalAPI = "/api/consoles/rabbitmq/quizzes/one-terminal"

// TestATerminalOfALesson: it is a lab of its own, the same in both languages, always on
// the miniature, and what is done at it comes over its stream.
func TestATerminalOfALesson(t *testing.T) {
	s := start(t)
	s.opts.Backend = grader.Containers
	s.teach(t, consoleLesson)
	if w := s.do(t, "POST", terminalAPI, `{"pane":0,"line":"help"}`); w.Code != http.StatusNoContent {
		t.Fatalf("a line: %d %s", w.Code, w.Body)
	}
	if w := s.do(t, "POST", terminalAPI+"?lang=ru", `{"pane":0,"complete":"rabbit"}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "--topic") {
		t.Fatalf("a completion: %d %s", w.Code, w.Body)
	}
	if n := s.grader.sessions(); n != 1 {
		t.Errorf("%d sessions were opened, want one for both languages", n)
	}
	if on := s.grader.places[0]; on.Backend != grader.Miniature {
		t.Errorf("it runs on %q", on.Backend)
	}
	if w := s.do(t, "POST", terminalAPI+"/broker-reset", ""); w.Code != http.StatusNoContent || s.grader.last(t).reset != 1 {
		t.Errorf("reset: %d %s, %d times", w.Code, w.Body, s.grader.last(t).reset)
	}
	for _, path := range []string{"/api/consoles/rabbitmq/quizzes/other", "/api/consoles/rabbitmq/nowhere/one-terminal"} {
		if w := s.do(t, "POST", path, `{"pane":0,"line":"help"}`); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestALabWithoutTerminals: nothing is opened for a line that nobody can type.
func TestALabWithoutTerminals(t *testing.T) {
	s := start(t)
	w := s.do(t, "POST", "/api/labs/rabbitmq/work-queue/console", `{"pane":0,"line":"help"}`)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "has no console") || s.grader.sessions() != 0 {
		t.Errorf("answered %d %s, with %d sessions", w.Code, w.Body, s.grader.sessions())
	}
}

// TestThePageOffersItsTerminals: a page with terminals knows what draws them.
func TestThePageOffersItsTerminals(t *testing.T) {
	s := start(t)
	s.teach(t, consoleLesson)
	page := s.do(t, "GET", "/ru/rabbitmq/quizzes", "").Body.String()
	for _, want := range []string{`data-terminals="`, `data-console="` + terminalAPI + `"`, "Открыть терминал"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	s.teach(t, sceneLesson)
	if page := s.do(t, "GET", "/ru/rabbitmq/quizzes", "").Body.String(); strings.Contains(page, "data-terminals") {
		t.Error("a page without terminals loads what draws them")
	}
}
