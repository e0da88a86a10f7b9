package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
)

type draftJSON struct {
	Files    []labs.File
	Revision int64
	Snapshot int64
	Saved    *string
	At       *string
	Error    struct{ Code, Message string }
}

func textOf(files []labs.File, name string) string {
	for _, f := range files {
		if f.Name == name {
			return f.Text
		}
	}
	return ""
}

func TestDraftIsTheStarterUntilItIsSaved(t *testing.T) {
	s := start(t)
	lab, ok := s.content.Load().labs.Lab(labID)
	if !ok {
		t.Fatal("no lab")
	}
	got := answerOf[draftJSON](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if got.Revision != 0 || got.Saved != nil || textOf(got.Files, "main.go") != textOf(lab.Starter(), "main.go") {
		t.Errorf("a new draft: revision %d, saved %v", got.Revision, got.Saved)
	}
	saved := answerOf[draftJSON](t, s, http.MethodPut, workQueue+"/draft", source("mine", `,"base":0`), http.StatusOK)
	if saved.Revision != 1 || saved.At == nil {
		t.Errorf("first save: %+v", saved)
	}
	got = answerOf[draftJSON](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if got.Revision != 1 || got.Saved == nil || textOf(got.Files, "main.go") != "mine" {
		t.Errorf("after the save: %+v", got)
	}
}

func TestReadOnlyFilesAreAlwaysTheLabsOwn(t *testing.T) {
	s := start(t)
	lab, _ := s.content.Load().labs.Lab(labID)
	want := textOf(lab.Starter(), "ledger.go")
	if want == "" {
		t.Fatal("the lab has no ledger.go")
	}
	forged := `{"files":[{"name":"main.go","text":"mine"},{"name":"ledger.go","text":"forged"}],"base":0}`
	answerOf[draftJSON](t, s, http.MethodPut, workQueue+"/draft", forged, http.StatusOK)
	got := answerOf[draftJSON](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if textOf(got.Files, "ledger.go") != want {
		t.Errorf("ledger.go: %q, want the lab's own", textOf(got.Files, "ledger.go"))
	}
	for _, f := range got.Files {
		if f.ReadOnly != (f.Name == "ledger.go") {
			t.Errorf("%s: read only %v", f.Name, f.ReadOnly)
		}
	}
}

func TestStaleSaveOverwritesNothingAndCarriesTheCurrentDraft(t *testing.T) {
	s := start(t)
	answerOf[draftJSON](t, s, http.MethodPut, workQueue+"/draft", source("first", `,"base":0`), http.StatusOK)
	answerOf[draftJSON](t, s, http.MethodPut, workQueue+"/draft", source("second", `,"base":1`), http.StatusOK)
	got := answerOf[draftJSON](t, s, http.MethodPut, workQueue+"/draft", source("other tab", `,"base":1`), http.StatusConflict)
	if got.Error.Code != "stale_draft" || got.Revision != 2 || textOf(got.Files, "main.go") != "second" {
		t.Errorf("stale save: %+v", got)
	}
	now := answerOf[draftJSON](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if textOf(now.Files, "main.go") != "second" {
		t.Errorf("the draft was overwritten: %+v", now)
	}
}

func TestResetKeepsASnapshot(t *testing.T) {
	s := start(t)
	answerOf[draftJSON](t, s, http.MethodPut, workQueue+"/draft", source("mine", `,"base":0`), http.StatusOK)
	reset := answerOf[draftJSON](t, s, http.MethodPost, workQueue+"/reset", `{}`, http.StatusOK)
	if reset.Snapshot == 0 || reset.Revision != 2 || textOf(reset.Files, "main.go") == "mine" {
		t.Errorf("reset: %+v", reset)
	}
	list := s.do(t, http.MethodGet, workQueue+"/revisions", "").Body.String()
	if !strings.Contains(list, `"reason":"reset","lines":1`) || !strings.Contains(list, `"revision":2`) {
		t.Errorf("revisions: %s", list)
	}
	back := answerOf[draftJSON](t, s, http.MethodPost, workQueue+"/restore", `{"id":1}`, http.StatusOK)
	if back.Revision != 3 || textOf(back.Files, "main.go") != "mine" {
		t.Errorf("restored: %+v", back)
	}
	earlier := answerOf[draftJSON](t, s, http.MethodPost, workQueue+"/restore", `{"revision":2}`, http.StatusOK)
	if earlier.Revision != 4 || textOf(earlier.Files, "main.go") != textOf(reset.Files, "main.go") {
		t.Errorf("restored revision: %+v", earlier)
	}
}

func TestHintsAreRemembered(t *testing.T) {
	s := start(t)
	for _, tier := range []string{"1", "2"} {
		if w := s.do(t, http.MethodPost, "/api/hints/rabbitmq/work-queue", `{"task":2,"tier":`+tier+`}`); w.Code != http.StatusNoContent {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	got := answerOf[struct{ Hints map[string]int }](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if got.Hints["2"] != 2 {
		t.Errorf("hints: %v", got.Hints)
	}
}
