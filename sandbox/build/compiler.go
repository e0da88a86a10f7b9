package build

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// buildTime is how long compile and link together may take.
const buildTime = 10 * time.Second

// Codes of what only compile or link find out.
const (
	CodeCompile    = "compile"     // Message is compile's own
	CodeLink       = "link"        // Message is link's own
	CodeBuildLimit = "build-limit" // limit: time, memory or size
)

// A Compiler makes programs. The same program is made once, however many ask
// for it at once, and kept in the cache. A Compiler may be used by many
// goroutines.
type Compiler struct {
	opts    Options
	checker *Checker
	store   store
	slots   chan struct{} // one token for each builder that may run

	mu      sync.Mutex
	flights map[string]*flight // by key
	running sync.WaitGroup
}

// A flight is a build under way and those who wait for it.
type flight struct {
	waiting int // guarded by Compiler.mu
	cancel  context.CancelFunc
	done    chan struct{}
	binary  *Binary
	found   []Diagnostic
	err     error
}

// NewCompiler makes a Compiler that checks with checker.
func NewCompiler(opts Options, checker *Checker) *Compiler {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	keep := cmp.Or(opts.Keep, keepDefault)
	return &Compiler{
		opts:    opts,
		checker: checker,
		store:   store{dir: filepath.Join(opts.Cache, "bin"), keep: keep},
		slots:   make(chan struct{}, max(2, runtime.GOMAXPROCS(0))),
		flights: make(map[string]*flight),
	}
}

// Compile gives the program that the files make, from the cache or by compile
// and link. When the program is wrong it gives diagnostics and no binary. An
// error is ours or ctx's. When ctx ends and nobody else waits for the same
// program, compile and link are killed at once.
func (c *Compiler) Compile(ctx context.Context, files []File) (*Binary, []Diagnostic, error) {
	began := time.Now()
	if found, ok := tooMuch(files); !ok {
		return nil, found, nil
	}
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	hash := key(c.opts.Pack, files)
	binary, ok := c.store.find(hash)
	if ok {
		binary.Elapsed = time.Since(began)
		return binary, nil, nil
	}
	f := c.join(ctx, hash, files)
	defer c.leave(hash, f)
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if f.binary == nil {
		return nil, f.found, f.err
	}
	made := *f.binary
	made.Elapsed = time.Since(began)
	return &made, f.found, nil
}

// join joins the build of that hash, or begins it. The build outlives ctx when
// others wait for it too.
func (c *Compiler) join(ctx context.Context, hash string, files []File) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flights[hash]
	if !ok {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{cancel: cancel, done: make(chan struct{})}
		c.flights[hash] = f
		c.running.Go(func() {
			f.binary, f.found, f.err = c.make(ctx, hash, files)
			close(f.done)
		})
	}
	f.waiting++
	return f
}

// leave ends the build when the last one leaves, and forgets it.
func (c *Compiler) leave(hash string, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	f.cancel()
	if c.flights[hash] == f {
		delete(c.flights, hash)
	}
}

// Close waits for the builds under way, which end when nobody waits for them.
func (c *Compiler) Close() { c.running.Wait() }

// make checks, compiles and links. Too much time or memory is the program's
// fault, and so a diagnostic.
func (c *Compiler) make(ctx context.Context, hash string, files []File) (*Binary, []Diagnostic, error) {
	ready, found, err := c.checker.prepare(ctx, files)
	if err != nil || ready == nil {
		return nil, found, err
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	c.opts.Log.Debug("building", "program", hash)
	p, program, err := c.produce(ctx, order{Files: ready.Files, Lang: c.opts.Pack.info.Lang})
	if err != nil {
		found, err := atFault(nil, files, fmt.Errorf("build: %w", err))
		return nil, found, err
	}
	if p.Failed != "" {
		return nil, complaints(p, files), nil
	}
	binary, err := c.store.put(hash, program, ready.Calls)
	return binary, found, err
}

// produce has a builder make one program.
func (c *Compiler) produce(ctx context.Context, o order) (p product, program []byte, err error) {
	kid, err := startChild(c.opts, "build")
	if err != nil {
		return p, nil, fmt.Errorf("start the builder: %w", err)
	}
	defer kid.kill()
	var out bytes.Buffer
	err = kid.during(ctx, buildTime, func() error {
		if err := frames.Write(kid.in, o); err != nil {
			return err
		}
		if err := frames.Read(kid.out, &p); err != nil {
			return err
		}
		return readProgram(&out, kid.out, p.Size)
	})
	if err == nil && p.Error != "" {
		err = fmt.Errorf("%w: %s", ErrChild, p.Error)
	}
	return p, out.Bytes(), err
}

// atLimit adds that a program takes more time, memory or size than a build has.
func (fs *findings) atLimit(files []File, limit string) {
	fs.at(File{Name: files[0].Name}, 0, 0, CodeBuildLimit, "the program takes too much "+limit+" to compile", map[string]string{"limit": limit})
}

// readProgram reads a program of a size that was said beforehand.
func readProgram(into *bytes.Buffer, r io.Reader, size int64) error {
	if size < 0 || size > maxBinary {
		return fmt.Errorf("a program of %d bytes, at most %d are allowed", size, maxBinary)
	}
	into.Grow(int(size))
	_, err := io.CopyN(into, r, size)
	return err
}

// toolLine is how compile and link name a place: main.go:12:3: what is wrong.
var toolLine = regexp.MustCompile(`^(?:\./)?([A-Za-z0-9_-]+\.go):(\d+)(?::(\d+))?: (.*)$`)

// complaints turns what compile or link printed into diagnostics.
func complaints(p product, files []File) []Diagnostic {
	code := CodeCompile
	if p.Failed == "link" {
		code = CodeLink
	}
	var found findings
	for line := range strings.Lines(p.Said) {
		m := toolLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		i := slices.IndexFunc(files, func(f File) bool { return f.Name == m[1] })
		if i < 0 {
			continue
		}
		row, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		from := offsetAt(files[i].Text, row, column)
		found.at(files[i], from, wordEnd(files[i].Text, from), code, m[4], nil)
	}
	switch {
	case len(found) > 0:
	case p.Failed == failedSize || strings.Contains(p.Said, "no space left") || strings.Contains(p.Said, "file too large"):
		found.atLimit(files, "size")
	case saysOutOfMemory(p.Said):
		found.atLimit(files, "memory")
	default:
		found.at(File{Name: files[0].Name}, 0, 0, code, strings.TrimSpace(p.Said[:min(len(p.Said), 1000)]), nil)
	}
	return tidy(found, files)
}

// offsetAt is the offset of a line and a column in bytes, both from 1.
func offsetAt(text string, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(text[offset:], '\n')
		if next < 0 {
			return len(text)
		}
		offset += next + 1
	}
	return min(offset+max(column-1, 0), len(text))
}
