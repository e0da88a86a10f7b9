package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// TestMain finds goroutines that outlive their server. The clock of the regular
// expressions of the highlighter ends by itself, some time after its last use.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2.runClock"))
}

const (
	workQueue = "/api/labs/rabbitmq/work-queue"
	labID     = "rabbitmq/work-queue"
	home      = "127.0.0.1:7070"
)

// A site is a server on a database of its own, with a grader that does what a
// test tells it to.
type site struct {
	*Server
	grader *fakeGrader
	store  *store.Store
	logged *syncBuffer
}

// start runs a server for the length of one test.
func start(t testing.TB) *site {
	t.Helper()
	return startOn(t, filepath.Join(t.TempDir(), "data.db"), &fakeGrader{})
}

func startOn(t testing.TB, path string, g *fakeGrader) *site {
	t.Helper()
	st, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := labs.Load(labs.Content)
	if err != nil {
		t.Log(err) // the labs' own tests judge them
	}
	c, _ := course.Load(course.Content, course.LabsOf(set))
	logged := &syncBuffer{}
	s, err := New(Options{
		Store: st, Course: c, Labs: set, Grader: g, Addr: home, Version: "test", Live: true,
		Log: slog.New(slog.NewTextHandler(logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{Server: s, grader: g, store: st, logged: logged}
}

// syncBuffer is a buffer for a log that many goroutines write.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A header changes a request.
type header struct{ name, value string }

// do sends a request as a page of this server would.
func (s *site) do(t testing.TB, method, path, body string, headers ...header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://"+home+path, strings.NewReader(body))
	if method == http.MethodPost || method == http.MethodPut {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", "http://"+home)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, h := range headers {
		if h.name == "Host" {
			r.Host = h.value
			continue
		}
		r.Header.Set(h.name, h.value)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// answer sends a request, wants a status, and reads the JSON of the answer.
func answerOf[T any](t testing.TB, s *site, method, path, body string, want int) T {
	t.Helper()
	w := s.do(t, method, path, body)
	if w.Code != want {
		t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	return v
}

// source is the JSON of a program of one file, with more fields after it.
func source(text, more string) string {
	quoted, _ := json.Marshal(text)
	return `{"files":[{"name":"main.go","text":` + string(quoted) + `}]` + more + `}`
}

// A fakeGrader stands where the sandbox cannot: each test says what happens.
type fakeGrader struct {
	mu      sync.Mutex
	opened  []*fakeSession
	openErr error
	one     bool // only one session may be open at a time

	submitted chan []labs.File // told of each submission that begins, if there is one
	let       chan struct{}    // each submission waits for one, if there is one
	submitErr error
	holds     bool // stored evidence does

	plays   int // scenes that were played
	playErr error
	check   func(ctx context.Context) error

	offer   grader.Offer
	places  []grader.Place                            // of every Open and Submit
	opening func(context.Context, grader.Place) error // before each Open
}

func (g *fakeGrader) Offer(context.Context, *labs.Lab) grader.Offer {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.offer
}

func (g *fakeGrader) Contained(*labs.Lab) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.offer.Lack == nil || g.offer.Lack.Code != grader.LackKind
}

func (g *fakeGrader) Check(ctx context.Context, _ *labs.Lab, _ []labs.File, _ string) (any, error) {
	g.mu.Lock()
	check := g.check
	g.mu.Unlock()
	if check != nil {
		return []string{}, check(ctx)
	}
	return []string{}, nil
}

func (g *fakeGrader) Try(_ context.Context, _ *labs.Lab, _ []labs.File, keys []string, lang string) (any, error) {
	return map[string]any{"keys": keys, "lang": lang}, g.playErr
}

func (g *fakeGrader) Complete(_ context.Context, _ *labs.Lab, _ []labs.File, name string, offset int) (any, error) {
	return []map[string]any{{"label": name, "offset": offset}}, nil
}

func (g *fakeGrader) Build(context.Context, *labs.Lab, []labs.File, string) (any, error) {
	return map[string]any{"ok": true, "diagnostics": nil, "millis": 1, "cached": false}, nil
}

func (g *fakeGrader) Open(ctx context.Context, _ *labs.Lab, _ uint64, on grader.Place) (Session, error) {
	g.mu.Lock()
	opening := g.opening
	g.mu.Unlock()
	if opening != nil {
		if err := opening(ctx, on); err != nil {
			return nil, err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.places = append(g.places, on)
	if g.openErr != nil {
		return nil, g.openErr
	}
	for _, s := range g.opened {
		if g.one && !s.isClosed() {
			return nil, fmt.Errorf("open a lab: %w", grader.ErrOneLab)
		}
	}
	s := &fakeSession{done: make(chan struct{}), stop: make(chan struct{}, 8), play: make(chan func(emit func(Update)) error, 8)}
	g.opened = append(g.opened, s)
	return s, nil
}

// last is the session that was opened last.
func (g *fakeGrader) last(t testing.TB) *fakeSession {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.opened) == 0 {
		t.Fatal("no session was opened")
	}
	return g.opened[len(g.opened)-1]
}

func (g *fakeGrader) sessions() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.opened)
}

func (g *fakeGrader) Submit(ctx context.Context, _ *labs.Lab, files []labs.File, _ uint64, on grader.Place, progress func(Progress)) (Result, error) {
	g.mu.Lock()
	g.places = append(g.places, on)
	g.mu.Unlock()
	if g.submitted != nil {
		g.submitted <- files
	}
	progress(Progress{Done: 1, Total: 25, Phase: "sweep"})
	if g.let != nil {
		select {
		case <-g.let:
		case <-ctx.Done():
			return Result{}, ctx.Err()
		}
	}
	if g.submitErr != nil {
		return Result{}, g.submitErr
	}
	return Result{Score: 6, Points: 10, Evidence: json.RawMessage(`{"version":1}`)}, nil
}

func (g *fakeGrader) Holds(json.RawMessage, *labs.Lab, []labs.File, uint64, grader.Place) bool {
	return g.holds
}

func (g *fakeGrader) Render(_ *labs.Lab, evidence json.RawMessage, lang string) (any, error) {
	return map[string]string{"sentence": "Order 4 was lost", "lang": lang, "evidence": string(evidence)}, nil
}

// A fakeSession runs what tests put into play.
type fakeSession struct {
	done chan struct{}
	stop chan struct{}
	play chan func(emit func(Update)) error

	mu     sync.Mutex
	closed bool
	reset  int
}

func (s *fakeSession) Run(ctx context.Context, _ []labs.File, _ string, emit func(Update)) error {
	emit(Update{Type: "status", Body: map[string]string{"type": "status", "status": "running"}})
	select {
	case play := <-s.play:
		return play(emit)
	case <-s.stop:
		emit(Update{Type: "status", Body: map[string]string{"type": "status", "status": "ended"}})
		return nil
	case <-s.done:
		return errors.New("host gone")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *fakeSession) Stop() { s.stop <- struct{}{} }

// Console says back what it is told.
func (s *fakeSession) Console(_ context.Context, in json.RawMessage, emit func(Update)) (any, error) {
	if len(in) > grader.MaxLine {
		return nil, &grader.ConsoleError{Err: errors.New("found a long line"), Long: true}
	}
	emit(Update{Type: "console", Body: map[string]any{"type": "console", "console": in}})
	if strings.Contains(string(in), "complete") {
		return map[string]any{"items": []string{"--topic"}}, nil
	}
	return nil, nil
}

func (s *fakeSession) Reset(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset++
	return nil
}

func (s *fakeSession) State(context.Context) (Update, error) {
	return Update{Type: "state", Body: map[string]any{"type": "state", "state": map[string]any{"seq": 7}}}, nil
}

func (s *fakeSession) Done() <-chan struct{} { return s.done }

func (s *fakeSession) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		select {
		case <-s.done:
		default:
			close(s.done)
		}
	}
}

// die is what kill -9 of a lab host looks like from here.
func (s *fakeSession) die() { close(s.done) }

func (s *fakeSession) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// body reads an answer to its end.
func body(t testing.TB, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
