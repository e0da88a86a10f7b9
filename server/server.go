// Package server is the web part: pages, the JSON API, the stream of what
// happens in a lab, and the queue of attempts to grade.
//
// Read it in this order:
//
//	server.go    Options, New, Serve and how it stops
//	routes.go    every address in one table
//	guard.go     who may ask: Host, Origin, Sec-Fetch-Site; what the browser may load
//	request.go   bodies in, with their limits; log and request ids
//	errors.go    one table: which error is told in which words
//	words.go     what templates and errors say, in both languages
//	pages.go     course, page, lab;  view.go: what their templates get
//	rendered.go  reading pages as they were last sent
//	drafts.go    autosave, revisions, snapshots
//	playing.go   scenes of lessons: played once, sent as recordings;  told.go: in words
//	trying.go    bindings as they are written
//	quiz.go      answers to the questions of lessons;  steps.go: of labs
//	progress.go  pages read, hints opened, where to continue
//	bench.go     open labs: one session per lab, its runs, its eviction
//	backend.go   what a lab runs on: miniatures, or real brokers in containers
//	play.go      check, complete, build, run, stop, reset;  console.go: terminals
//	ring.go      the last updates of a lab;  stream.go: as server-sent events
//	submit.go    attempts: stored first;  marking.go: graded, stored once
//	recording.go the journal of a run;  replaying.go: its page, and the file to take along
//	grading.go   what the server asks of the grader;  adapter.go: the real one
//	store/       SQLite: what students did;  templates/, i18n/: what they see
//
// The server parses nothing that a student's program sends: updates, evidence
// and verdicts pass through it as the grader made them.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// Options is what a Server is made of. Store, Course, Labs and Grader are needed.
type Options struct {
	Store   *store.Store // stays the caller's to close, after Serve has returned
	Course  *course.Course
	Labs    *labs.Set
	Grader  Grader
	Addr    string   // where it listens, host:port; says which Host headers are ours
	Hosts   []string // further host names that are ours, as behind a proxy
	Lang    string   // of visitors who say nothing about theirs; "en" when empty
	Version string
	Live    bool    // pages reload when Reload is called
	Checks  []Check // what /readyz asks besides the database
	Log     *slog.Logger

	Backend        string // what labs run on for which nobody chose: grader.Miniature, the default, or grader.Containers
	OnlyMiniatures bool   // real brokers are not offered, as in a classroom that has no room for them
}

// A Check is one line of /readyz. While one fails, attempts are refused with its
// error, which visitors read; it must be quick.
type Check struct {
	Name string
	Run  func(ctx context.Context) (detail string, err error)
}

// A Server serves one course and its labs.
type Server struct {
	opts    Options
	log     *slog.Logger
	content atomic.Pointer[content]
	pages   *pages
	hosts   hosts
	benches *benches
	marking *marking
	reloads *ring
	scenes  scenes
	epoch   string // tells this process's event ids from an earlier one's
	handler http.Handler

	stop     sync.Once
	stopping chan struct{}
}

// content is what Reload replaces.
type content struct {
	version uint64 // counts reloads
	course  *course.Course
	labs    *labs.Set
}

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	keepAlive         = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
	// shutdownGrace is how long requests and grading may take to end.
	shutdownGrace = 5 * time.Second
)

// New makes a server. Attempts that an earlier process left ungraded are
// graded as soon as it is made; Serve or Close must follow.
func New(opts Options) (*Server, error) {
	if opts.Store == nil || opts.Course == nil || opts.Labs == nil || opts.Grader == nil {
		return nil, errors.New("new server: store, course, labs and grader are needed")
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Lang == "" {
		opts.Lang = "en"
	}
	pages, err := loadPages()
	if err != nil {
		return nil, fmt.Errorf("new server: %w", err)
	}
	s := &Server{
		opts: opts, log: opts.Log, pages: pages, hosts: newHosts(opts.Addr, opts.Hosts),
		reloads: newRing(), epoch: newEpoch(time.Now()), stopping: make(chan struct{}),
	}
	s.content.Store(&content{course: opts.Course, labs: opts.Labs})
	if s.handler, err = s.routes(); err != nil {
		return nil, fmt.Errorf("new server: %w", err)
	}
	s.benches = newBenches(s)
	s.marking = startMarking(s)
	return s, nil
}

// Handler is everything that the server answers.
func (s *Server) Handler() http.Handler { return s.handler }

// Reload replaces the course and the labs, and tells the pages that are open.
func (s *Server) Reload(c *course.Course, l *labs.Set) {
	s.content.Store(&content{version: s.content.Load().version + 1, course: c, labs: l})
	update := Update{Type: "reload", Once: true}
	s.reloads.publish(update)
	s.benches.tellAll(update)
}

// Serve answers on a listener until ctx is done, then stops in order: streams
// end, running programs are stopped, grading ends or stays received. It
// returns nil when it stopped because of ctx.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	web := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: keepAlive, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(l) }()
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if stuck := web.Shutdown(grace); stuck != nil {
		s.log.Warn("requests were cut off", "err", stuck)
		err = errors.Join(err, web.Close())
	}
	return err
}

// Close ends streams, runs, sessions and grading, and waits for them. It may
// be called more than once. Whoever uses Handler without Serve calls it.
func (s *Server) Close() {
	s.stop.Do(func() {
		close(s.stopping)
		s.marking.close(shutdownGrace)
		s.benches.close()
	})
}

// missing says what of this installation does not work, as "pack: no pack, run
// make"; nil when all of it does.
func (s *Server) missing(ctx context.Context) error {
	for _, check := range s.opts.Checks {
		if _, err := check.Run(ctx); err != nil {
			return &notReady{check: check.Name, what: check.Name + ": " + err.Error()}
		}
	}
	return nil
}

// course is that of the last Reload.
func (s *Server) course() *course.Course { return s.content.Load().course }

// lab is the lab that a request names, as the one who asks has it.
func (s *Server) lab(c echo.Context) (*labs.Lab, error) {
	if id := c.Param("console"); id != "" {
		return s.terminal(c, id)
	}
	id := c.Param("system") + "/" + c.Param("lab")
	lab, ok := s.content.Load().labs.Lab(id)
	if !ok {
		return nil, fmt.Errorf("lab %q: %w", id, errNoLab)
	}
	return lab.Drawn(seedOf(s.user(c), id)), nil
}

// user is who asks. In local mode that is always the same student.
func (s *Server) user(echo.Context) int64 { return store.LocalUser }
