package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/packfiles"
)

// A content is what is taught: the embedded course and labs, with a folder of
// the author's laid over them when there is one.
type content struct {
	dir string // --content; empty for none
}

func (c content) over(name string, embedded fs.FS) fs.FS {
	if c.dir == "" {
		return embedded
	}
	return labs.Overlay(os.DirFS(filepath.Join(c.dir, name)), embedded)
}

// load reads the labs and the course. Labs with mistakes are an error; pages with
// mistakes show them.
func (c content) load() (*course.Course, *labs.Set, error) {
	if c.dir != "" {
		if info, err := os.Stat(c.dir); err != nil || !info.IsDir() {
			return nil, nil, usage("--content %s is not a folder", c.dir)
		}
	}
	set, err := labs.Load(c.over("labs", labs.Content))
	if err != nil {
		return nil, nil, usage("labs: %w", err)
	}
	lessons, _ := course.Load(c.over("course", course.Content), course.LabsOf(set))
	return lessons, set, nil
}

// lint tells an author what is wrong with lessons. The course that is embedded has
// been checked when it was built.
func (c content) lint(out io.Writer, set *labs.Set) {
	if c.dir == "" {
		return
	}
	for _, f := range course.Lint(c.over("course", course.Content), course.LabsOf(set)) {
		fmt.Fprintln(out, f)
	}
}

// newLog logs what only a developer wants to know when BROKERLAB_DEBUG is set.
func newLog(w io.Writer) *slog.Logger {
	level := slog.LevelWarn
	if os.Getenv("BROKERLAB_DEBUG") != "" {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// inRepository reports whether the working folder is brokerlab's own source, from
// which a compiler pack can be made.
func inRepository() bool {
	mod, err := os.ReadFile("go.mod")
	return err == nil && strings.HasPrefix(string(mod), "module github.com/brokerlab/brokerlab\n")
}

// openPack opens the compiler pack: the one inside this command, else the one that
// this source makes, else the one in the cache.
func openPack(ctx context.Context, c *console, cache string) (*build.Pack, error) {
	bar := &progress{out: c.err}
	defer bar.end()
	if archive, ok := packfiles.Open(); ok {
		defer func() { _ = archive.Close() }()
		return build.ReadArchive(ctx, archive, cache, bar.show)
	}
	if !inRepository() {
		return build.OpenPack(cache)
	}
	return build.MakePack(ctx, ".", cache, bar.show)
}

// A progress says how far the pack is: one line that is written over and over on a
// terminal, a line for each tenth elsewhere.
type progress struct {
	out    io.Writer
	shown  bool
	tenths int
}

func (p *progress) show(done, total int, what string) {
	if !p.shown {
		fmt.Fprintln(p.out, "Preparing the compiler pack. This happens once and may take a few minutes.")
		p.shown = true
	}
	if total <= 0 {
		return
	}
	if !isTerminal(p.out) {
		if tenths := 10 * done / total; tenths != p.tenths {
			p.tenths = tenths
			fmt.Fprintf(p.out, "  %s %d of %d\n", what, done, total)
		}
		return
	}
	const width = 30
	filled := width * done / total
	if runes := []rune(what); len(runes) > 38 {
		what = "…" + string(runes[len(runes)-37:])
	}
	fmt.Fprintf(p.out, "\r  [%s%s] %d of %d  %-38s", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done, total, what)
}

// isTerminal reports whether somebody watches.
func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) end() {
	if p.shown && isTerminal(p.out) {
		fmt.Fprintln(p.out)
	}
}

// A backend is what stands for a lab's brokers.
type backend struct {
	Backend string   `help:"What a lab's brokers are: miniature, or containers for real ones, which need docker." enum:"miniature,containers" default:"miniature" env:"BROKERLAB_BACKEND" placeholder:"KIND"`
	Image   []string `help:"Image of a real broker, as rabbitmq=NAME." placeholder:"BROKER=NAME"`
}

// startWords say how far a container is.
var startWords = map[string]string{
	containers.PhaseFind:   "looking for the image",
	containers.PhaseCreate: "starting a container of",
	containers.PhaseWait:   "waiting until it speaks;",
	containers.PhaseReady:  "ready:",
}

// options fills in what the grader has to know of it.
func (b backend) options(c *console, o grader.Options) (grader.Options, error) {
	images, err := containers.Configure(b.Image)
	if err != nil {
		return o, usage("--%w", err)
	}
	o.Backend, o.Images = b.Backend, images
	o.Starting = func(p containers.Progress) {
		fmt.Fprintf(c.err, "%5.1f s  %s: %s %s\n", p.Elapsed.Seconds(), p.Broker, startWords[p.Phase], p.Detail)
	}
	return o, nil
}

// workshop is the sandbox and the grader of a command line run.
type workshop struct {
	labs    *labs.Set
	sandbox *sandbox.Sandbox
	grader  *grader.Grader
}

// openWorkshop readies what it takes to run and grade programs in the labs that are named.
func openWorkshop(ctx context.Context, c *console, from content, on backend, names ...string) (*workshop, error) {
	_, set, err := from.load()
	if err != nil {
		return nil, err
	}
	if _, err := matching(set, names); err != nil { // before anything is started for them
		return nil, err
	}
	cache, err := cacheDir(c.root.Cache)
	if err != nil {
		return nil, err
	}
	if _, err := openPack(ctx, c, cache); err != nil {
		c.notice("no-pack", err) // run interprets, and grade says that it cannot
	}
	log := newLog(c.err)
	options, err := on.options(c, grader.Options{Labs: set, Log: log})
	if err != nil {
		return nil, err
	}
	sb, err := sandbox.New(sandbox.Options{Cache: cache, Log: log})
	if err != nil {
		return nil, fault(err)
	}
	options.Sandbox = sb
	return &workshop{set, sb, grader.New(options)}, nil
}

func (w *workshop) lab(id string) (*labs.Lab, error) {
	if lab, ok := w.labs.Lab(id); ok {
		return lab, nil
	}
	return nil, noLab(w.labs, id)
}

func noLab(set *labs.Set, id string) error {
	var ids []string
	for _, lab := range set.All() {
		ids = append(ids, lab.ID)
	}
	return usage("there is no lab %q; there are: %s", id, strings.Join(ids, ", "))
}

func (w *workshop) close() {
	w.grader.Close()
	w.sandbox.Close()
}

// isCancelled reports whether an error only says that the user pressed Ctrl+C.
func isCancelled(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() != nil
}
