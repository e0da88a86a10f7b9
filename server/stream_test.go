package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// patience is how long a test waits for what must come. It bounds a failure and
// is no measure of speed.
const patience = time.Minute

// A reader reads a stream as a page does.
type reader struct {
	t     testing.TB
	lines *bufio.Scanner
	last  string // id of the last event
	close func()
}

// event is one event of a stream.
type event struct {
	ID     string `json:"-"`
	Raw    string `json:"-"`
	Type   string
	Status string
	Text   string
	Stream string
	Events []json.RawMessage
}

// serve puts the site on a real connection.
func (s *site) serve(t testing.TB) *httptest.Server {
	t.Helper()
	web := httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.Close(); web.Close() }) // streams end first, or Close would wait for them
	return web
}

func follow(t testing.TB, web *httptest.Server, path string, headers ...header) *reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	for _, h := range headers {
		r.Header.Set(h.name, h.value)
	}
	answer, err := web.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "text/event-stream; charset=utf-8" || answer.Header.Get("Content-Encoding") != "" {
		t.Fatalf("stream: %d, %q, encoding %q", answer.StatusCode, kind, answer.Header.Get("Content-Encoding"))
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 4<<20)
	rd := &reader{t: t, lines: lines, close: func() { cancel(); _ = answer.Body.Close() }}
	t.Cleanup(rd.close)
	return rd
}

// next is the next event.
func (r *reader) next() event {
	r.t.Helper()
	var e event
	for r.lines.Scan() {
		line := r.lines.Text()
		switch {
		case strings.HasPrefix(line, "id: "):
			e.ID = line[4:]
			r.last = e.ID
		case strings.HasPrefix(line, "data: "):
			e.Raw = line[6:]
			if err := json.Unmarshal([]byte(e.Raw), &e); err != nil {
				r.t.Fatalf("%v in %s", err, line)
			}
		case line == "" && e.Raw != "":
			return e
		}
	}
	r.t.Fatalf("the stream ended: %v", r.lines.Err())
	return e
}

// until reads to the first event of a type.
func (r *reader) until(kind string) event {
	r.t.Helper()
	for {
		if e := r.next(); e.Type == kind {
			return e
		}
	}
}

// text reads output until it ends with something, and returns all of it.
func (r *reader) text(end string) string {
	r.t.Helper()
	var all strings.Builder
	for !strings.HasSuffix(all.String(), end) {
		all.WriteString(r.until("output").Text)
	}
	return all.String()
}

func (s *site) run(t testing.TB) {
	t.Helper()
	answerOf[map[string]string](t, s, http.MethodPost, workQueue+"/run", source("x", ""), http.StatusAccepted)
}

func TestStreamCarriesARunAndResumesWhereItWas(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	page := follow(t, web, workQueue+"/stream")
	s.run(t)
	if e := page.until("status"); e.Status != "running" {
		t.Errorf("status %q", e.Status)
	}
	session := s.grader.last(t)
	more, end := make(chan struct{}), make(chan struct{})
	session.play <- func(emit func(Update)) error {
		emit(Update{Type: "output", Stream: "stdout", Text: "one\n"})
		<-more
		emit(Update{Type: "output", Stream: "stdout", Text: "two\n"})
		emit(Update{Type: "events", Events: []json.RawMessage{json.RawMessage(`{"seq":1}`)}})
		<-end
		return nil
	}
	if got := page.text("one\n"); got != "one\n" {
		t.Errorf("output %q", got)
	}
	page.close()
	close(more) // while nobody looks
	resumed := follow(t, web, workQueue+"/stream", header{"Last-Event-ID", page.last})
	if got := resumed.text("two\n"); got != "two\n" {
		t.Errorf("after resuming: %q, want only what was missed", got)
	}
	if e := resumed.until("events"); len(e.Events) != 1 {
		t.Errorf("events %s", e.Raw)
	}
	reopened := follow(t, web, workQueue+"/stream?last="+page.last)
	if got := reopened.text("two\n"); got != "two\n" {
		t.Errorf("after resuming by address: %q", got)
	}
	reloaded := follow(t, web, workQueue+"/stream")
	if got := reloaded.text("two\n"); got != "one\ntwo\n" {
		t.Errorf("a page that was reloaded: %q, want the run from its start", got)
	}
	if e := reloaded.until("state"); e.ID != "" || !strings.Contains(e.Raw, `"seq":7`) {
		t.Errorf("state %s", e.Raw)
	}
	close(end)
}

// TestStreamTellsWhenAllIsSaid: a page learns where what was there before it ends, whether
// it is new or comes back.
func TestStreamTellsWhenAllIsSaid(t *testing.T) {
	s := start(t)
	page := follow(t, s.serve(t), workQueue+"/stream")
	for page.lines.Scan() {
		if page.lines.Text() == "event: told" {
			return
		}
	}
	t.Errorf("the stream ended: %v", page.lines.Err())
}

func TestStreamOfAnEarlierProcessStartsAfresh(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	s.run(t)
	for _, last := range []string{"3x-7", "nonsense", "-", s.epoch + "-999999"} {
		page := follow(t, web, workQueue+"/stream", header{"Last-Event-ID", last})
		if e := page.until("status"); e.Status != "running" {
			t.Errorf("after %q: %s, want the run from its start", last, e.Raw)
		}
		page.close()
	}
}

func TestSeveralPagesWatchOneLab(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	var pages []*reader
	for range 3 {
		pages = append(pages, follow(t, web, workQueue+"/stream"))
	}
	s.run(t)
	s.grader.last(t).play <- func(emit func(Update)) error {
		emit(Update{Type: "output", Stream: "stdout", Text: "seen\n"})
		return nil
	}
	for i, page := range pages {
		if got := page.text("\n"); got != "seen\n" {
			t.Errorf("page %d: %q", i, got)
		}
	}
}

func TestHostDiesAndTheNextRunOpensANewOne(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	page := follow(t, web, workQueue+"/stream?lang=ru")
	s.run(t)
	page.until("status")
	first := s.grader.last(t)
	first.die()
	if e := page.until("status"); e.Status != "fault" || !strings.Contains(e.Text, "по нашей вине") {
		t.Errorf("after the host died: %s", e.Raw)
	}
	s.run(t)
	if e := page.until("status"); e.Status != "running" || s.grader.sessions() != 2 {
		t.Errorf("the next run: %s, %d sessions", e.Raw, s.grader.sessions())
	}
}

func TestIdleHostThatDiedIsReplacedSilently(t *testing.T) {
	s := start(t)
	check := func() int { return s.do(t, http.MethodPost, workQueue+"/check", source("x", "")).Code }
	if code := check(); code != http.StatusOK {
		t.Fatal(code)
	}
	s.grader.last(t).die()
	if code := check(); code != http.StatusOK || s.grader.sessions() != 2 {
		t.Errorf("%d with %d sessions, want 200 with a second one", code, s.grader.sessions())
	}
}

func TestRunReplacesTheOneBefore(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	page := follow(t, web, workQueue+"/stream")
	s.run(t)
	s.run(t)
	for _, want := range []string{"running", "ended", "running"} {
		if e := page.until("status"); e.Status != want {
			t.Fatalf("status %q, want %q", e.Status, want)
		}
	}
	if w := s.do(t, http.MethodPost, workQueue+"/stop", `{}`); w.Code != http.StatusNoContent {
		t.Errorf("stop: %d %s", w.Code, w.Body)
	}
	if e := page.until("status"); e.Status != "ended" || s.grader.sessions() != 1 {
		t.Errorf("after stop: %s, %d sessions; want the broker to live on", e.Raw, s.grader.sessions())
	}
	if w := s.do(t, http.MethodPost, workQueue+"/broker-reset", `{}`); w.Code != http.StatusNoContent || s.grader.last(t).reset != 1 {
		t.Errorf("broker reset: %d %s", w.Code, w.Body)
	}
	page.until("state")
}

func TestIdleLabIsPutAwayAndThePageSaysSo(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	page := follow(t, web, workQueue+"/stream")
	s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
	session := s.grader.last(t)
	s.benches.evict(time.Now().Add(-time.Minute))
	if session.isClosed() {
		t.Fatal("a lab in use was put away")
	}
	s.benches.evict(time.Now().Add(time.Minute))
	if !session.isClosed() {
		t.Fatal("an idle lab was kept")
	}
	if e := page.until("status"); e.Status != "evicted" || !strings.Contains(e.Text, "15 minutes") {
		t.Errorf("%s", e.Raw)
	}
	got := answerOf[struct{ Open struct{ Status string } }](t, s, http.MethodGet, workQueue, "", http.StatusOK)
	if got.Open.Status != "closed" {
		t.Errorf("status %q, want closed", got.Open.Status)
	}
}

func TestRunningLabIsNotPutAway(t *testing.T) {
	s := start(t)
	s.run(t)
	s.benches.evict(time.Now().Add(time.Hour))
	if s.grader.last(t).isClosed() {
		t.Error("a running program was put away")
	}
}

func TestNewerCheckCancelsTheOneBefore(t *testing.T) {
	s := start(t)
	s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
	begun := make(chan struct{}, 2)
	let := make(chan struct{})
	s.grader.check = func(ctx context.Context) error {
		begun <- struct{}{}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-let:
			return nil
		}
	}
	codes := make(chan string, 2)
	ask := func() {
		w := s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
		codes <- fmt.Sprint(w.Code, strings.Contains(w.Body.String(), `"superseded"`))
	}
	go ask()
	<-begun
	go ask()
	if got := <-codes; got != "409 true" {
		t.Errorf("the first: %s, want 409 superseded", got)
	}
	close(let)
	if got := <-codes; got != "200 false" {
		t.Errorf("the second: %s", got)
	}
}

func TestReloadReachesOpenPages(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	reading, lab := follow(t, web, "/api/reload"), follow(t, web, workQueue+"/stream")
	s.Reload(s.course(), s.content.Load().labs)
	reading.until("reload")
	lab.until("reload")
}

func TestCloseEndsStreamsAndRuns(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	page := follow(t, web, workQueue+"/stream")
	s.run(t)
	page.until("status")
	session := s.grader.last(t)
	s.Close()
	for page.lines.Scan() { //nolint:revive // to the end
	}
	if err := page.lines.Err(); err != nil {
		t.Errorf("the stream was cut off: %v", err)
	}
	if !session.isClosed() {
		t.Error("the session is still open")
	}
	if w := s.do(t, http.MethodPost, workQueue+"/run", source("x", "")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a run after Close: %d %s", w.Code, w.Body)
	}
}

// TestReloadIsNotRepeated has pages that opened after the author saved: told
// again, they would reload for ever.
func TestReloadIsNotRepeated(t *testing.T) {
	s := start(t)
	web := s.serve(t)
	s.run(t)
	s.Reload(s.course(), s.content.Load().labs)
	for path, mark := range map[string]string{"/api/reload": "later", workQueue + "/stream": "later"} {
		page := follow(t, web, path)
		for _, r := range []*ring{s.reloads, s.benches.all()[0].ring} {
			r.publish(Update{Type: mark})
		}
		for e := page.next(); e.Type != mark; e = page.next() {
			if e.Type == "reload" {
				t.Errorf("%s: a page that is new was told to reload", path)
			}
		}
		page.close()
	}
}

func TestTooManyPagesAreRefused(t *testing.T) {
	s := start(t)
	lab, _ := s.content.Load().labs.Lab(labID)
	r := s.benches.of(store.LocalUser, lab).ring
	for range maxReaders {
		_, leave, ok := r.watch()
		if !ok {
			t.Fatal("refused too early")
		}
		defer leave()
	}
	w := s.do(t, http.MethodGet, workQueue+"/stream", "")
	if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), `"many_pages"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestLabThatItsAuthorSavedIsOpenedAnew keeps an author from running yesterday's lab.
func TestLabThatItsAuthorSavedIsOpenedAnew(t *testing.T) {
	s := start(t)
	check := func() int { return s.do(t, http.MethodPost, workQueue+"/check", source("x", "")).Code }
	check()
	check()
	if n := s.grader.sessions(); n != 1 {
		t.Fatalf("%d sessions, want one", n)
	}
	text, err := fs.ReadFile(labs.Content, labID+"/lab.en.md")
	if err != nil {
		t.Fatal(err)
	}
	set, err := labs.Load(labs.Overlay(fstest.MapFS{labID + "/lab.en.md": {Data: append(text, "\nMore.\n"...)}}, labs.Content))
	if err != nil {
		t.Fatal(err)
	}
	first := s.grader.last(t)
	s.Reload(s.course(), set)
	if code := check(); code != http.StatusOK || s.grader.sessions() != 2 || !first.isClosed() {
		t.Errorf("%d with %d sessions, the first closed: %v", code, s.grader.sessions(), first.isClosed())
	}
}

// TestWithoutIsolationOneLabGivesWayToAnother is level B and C: the ports of the
// computer itself are there once.
func TestWithoutIsolationOneLabGivesWayToAnother(t *testing.T) {
	s := start(t)
	s.grader.one = true
	work, err := fs.Sub(labs.Content, labID)
	if err != nil {
		t.Fatal(err)
	}
	copied := fstest.MapFS{}
	err = fs.WalkDir(work, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(work, path)
		copied["rabbitmq/other/"+path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := labs.Load(labs.Overlay(copied, labs.Content))
	if err != nil {
		t.Fatal(err)
	}
	s.Reload(s.course(), set)
	const other = "/api/labs/rabbitmq/other"
	page := follow(t, s.serve(t), workQueue+"/stream")
	s.do(t, http.MethodPost, workQueue+"/check", source("x", ""))
	if w := s.do(t, http.MethodPost, other+"/check", source("x", "")); w.Code != http.StatusOK {
		t.Fatalf("the other lab: %d %s", w.Code, w.Body)
	}
	if e := page.until("status"); e.Status != "evicted" || !strings.Contains(e.Text, "Another lab was opened") {
		t.Errorf("the first lab: %s", e.Raw)
	}
	answerOf[map[string]string](t, s, http.MethodPost, other+"/run", source("x", ""), http.StatusAccepted)
	if w := s.do(t, http.MethodPost, workQueue+"/check", source("x", "")); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `"one_lab"`) {
		t.Errorf("while the other runs: %d %s", w.Code, w.Body)
	}
}
