package server

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
	"github.com/brokerlab/brokerlab/static"
)

func (g *fakeGrader) Recording(lab *labs.Lab, _ json.RawMessage, schedule, lang string) (*grader.Recording, error) {
	if schedule != "" && schedule != "baseline" && schedule != "crash-acked-4" {
		return nil, fmt.Errorf("schedule %q: %w", schedule, grader.ErrNoRecording)
	}
	if schedule == "" {
		schedule = "crash-acked-4"
	}
	return &grader.Recording{
		Version: 1, Title: "Work queue", Lang: lang, Lab: lab.ID, Schedule: schedule, Sentence: "Order 4 was lost",
		Brokers: []string{"rabbitmq"}, Services: []string{"ledger"}, Proof: []uint64{2}, At: 2,
		Events: []brokers.Event{{Seq: 1, Kind: brokers.Declared, Place: "orders"}, {Seq: 2, Kind: brokers.Acked, Place: "orders", Label: "</script>"}},
		Texts:  map[uint64]string{2: "acknowledged"},
		Runs:   []grader.RecordingRef{{Schedule: "baseline", Title: "run without a fault"}, {Schedule: "crash-acked-4", Title: "killed", Failed: true}},
	}, nil
}

func (s *fakeSession) Frame(_ context.Context, id uint64) (any, error) {
	if id != 7 {
		return nil, fmt.Errorf("frame %d: %w", id, grader.ErrNoFrame)
	}
	return brokers.Frame{ID: 7, Name: "basic.ack", Bytes: []byte{1}, Fields: []brokers.Field{}}, nil
}

// TestRecordingOfAnAttempt is the journal of a run with the source that made it.
func TestRecordingOfAnAttempt(t *testing.T) {
	s := start(t)
	id := s.submit(t)
	s.graded(t, id)
	rec := answerOf[grader.Recording](t, s, http.MethodGet, fmt.Sprintf("/api/attempts/%d/recordings/crash-acked-4?lang=ru", id), "", http.StatusOK)
	if rec.Attempt != id || rec.Lang != "ru" || len(rec.Events) != 2 || rec.Start != nil || len(rec.Files) == 0 || rec.Files[0].Text != "mine" {
		t.Errorf("%+v", rec)
	}
}

// TestRecordingsThatAreNotToBeHad have an error that says so, on the API and as pages.
func TestRecordingsThatAreNotToBeHad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	s := startOn(t, path, &fakeGrader{})
	id := s.submit(t)
	s.graded(t, id)
	foreign := foreignAttempt(t, s, path)
	for _, c := range []struct{ path, code string }{
		{fmt.Sprintf("/api/attempts/%d/recordings/crash-acked-9", id), "no_recording"},
		{fmt.Sprintf("/api/attempts/%d/recordings/baseline", id+1000), "not_found"},
		{"/api/attempts/x/recordings/baseline", "not_found"},
		{fmt.Sprintf("/api/attempts/%d/recordings/baseline", foreign), "not_found"},
	} {
		w := s.do(t, http.MethodGet, c.path, "")
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `"`+c.code+`"`) {
			t.Errorf("%s: %d %s, want 404 %s", c.path, w.Code, w.Body, c.code)
		}
	}
	for _, path := range []string{fmt.Sprintf("/en/replays/%d/crash-acked-9", id), fmt.Sprintf("/ru/replays/%d", foreign), "/en/replays/0", fmt.Sprintf("/en/replays/%d/x/export", id)} {
		if w := s.do(t, http.MethodGet, path, ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<main") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// foreignAttempt stores an attempt of another student.
func foreignAttempt(t *testing.T, s *site, path string) int64 {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO users (id, name, role, created_at) VALUES (2, 'other', 'student', 0)`); err != nil {
		t.Fatal(err)
	}
	id, err := s.store.AddAttempt(t.Context(), store.Submission{User: 2, Lab: labID, Files: []store.File{{Name: "main.go", Text: "theirs"}}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestFramesOfALiveLab are asked of the host, and only of one that is open.
func TestFramesOfALiveLab(t *testing.T) {
	s := start(t)
	if w := s.do(t, http.MethodGet, workQueue+"/frames/7", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no_frame") {
		t.Errorf("before the lab is open: %d %s", w.Code, w.Body)
	}
	s.do(t, http.MethodPost, workQueue+"/check", source("mine", "")) // opens it
	if f := answerOf[brokers.Frame](t, s, http.MethodGet, workQueue+"/frames/7", "", http.StatusOK); f.Name != "basic.ack" {
		t.Errorf("%+v", f)
	}
	if w := s.do(t, http.MethodGet, workQueue+"/frames/8", ""); w.Code != http.StatusNotFound {
		t.Errorf("unknown frame: %d %s", w.Code, w.Body)
	}
	if w := s.do(t, http.MethodGet, workQueue+"/frames/x", ""); w.Code != http.StatusBadRequest {
		t.Errorf("no number: %d %s", w.Code, w.Body)
	}
}

// TestReplayPage has the verdict's sentence, a choice of runs and the ways out, in
// both languages.
func TestReplayPage(t *testing.T) {
	s := start(t)
	id := s.submit(t)
	s.graded(t, id)
	for lang, want := range map[string][]string{
		"en": {"Order 4 was lost", "Save as a file", `data-schedule="crash-acked-4"`, fmt.Sprintf(`value="/en/replays/%d/baseline"`, id), `href="/en/labs/` + labID + `"`},
		"ru": {"Сохранить как файл", fmt.Sprintf(`href="/ru/replays/%d/crash-acked-4/export"`, id)},
	} {
		page := s.do(t, http.MethodGet, fmt.Sprintf("/%s/replays/%d", lang, id), "").Body.String()
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: no %q in %s", lang, text, page)
			}
		}
	}
}

// TestReplayFile holds everything that it needs, and cannot be broken out of.
func TestReplayFile(t *testing.T) {
	if !static.Built() {
		t.Skip("SKIPPED, NOT TESTED: the pages are not built; run make build first")
	}
	s := start(t)
	id := s.submit(t)
	s.graded(t, id)
	w := s.do(t, http.MethodGet, fmt.Sprintf("/ru/replays/%d/baseline/export", id), "")
	page := w.Body.Bytes()
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Disposition"), fmt.Sprintf("-%d-baseline.html", id)) {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if len(page) > 400<<10 {
		t.Errorf("%d KiB, want at most 400", len(page)>>10)
	}
	if n := bytes.Count(page, []byte("</script>")); n != 3 {
		t.Errorf("%d ends of scripts, want 3: a label must not end one", n)
	}
	for _, link := range []string{"src=", "/static/", "url(", "@import"} {
		if bytes.Contains(page[:bytes.Index(page, []byte(`<script type="module">`))], []byte(link)) {
			t.Errorf("the file refers to something outside: %s", link)
		}
	}
}
