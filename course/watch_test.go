package course

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/labs"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2.runClock")) // chroma's; ends by itself
}

// write puts a file into an author's folder.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// over loads the built-in course with an author's folder over it.
func over(dir string) (*Course, []Finding) { return Load(labs.Overlay(os.DirFS(dir), Content), nil) }

func TestFolderOverTheCourse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "en/02-rabbitmq/20-mine.md", "---\nid: mine\ntitle: My page\nsummary: x\nminutes: 2\n---\nSee [acks](05-acknowledgements.md).\n")
	write(t, dir, "en/02-rabbitmq/05-acknowledgements.md", "---\nid: rabbitmq-acknowledgements\ntitle: Mine too\nsummary: x\nminutes: 2\n---\nReplaced.\n")
	c, found := over(dir)
	if len(found) > 0 {
		t.Fatal(found)
	}
	p, err := c.Page("en", "rabbitmq", "mine")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.HTML, `href="/en/rabbitmq/acknowledgements"`) {
		t.Errorf("the added page does not reach the built-in one: %s", p.HTML)
	}
	if p, err := c.Page("en", "rabbitmq", "acknowledgements"); err != nil || !strings.Contains(p.HTML, "Replaced.") {
		t.Errorf("the page is not replaced: %v %v", p, err)
	}
	if p, err := c.Page("ru", "rabbitmq", "acknowledgements"); err != nil || p.Broken {
		t.Errorf("the other language is not as it was: %v %v", p, err)
	}
}

// TestCourseFollowsItsFolder does as the command does: load again when the folder changes.
func TestCourseFollowsItsFolder(t *testing.T) {
	dir := t.TempDir()
	var now atomic.Pointer[Course]
	reload := func([]string) { c, _ := over(dir); now.Store(c) }
	reload(nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Watch(ctx, dir, reload) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	const file, head = "en/02-rabbitmq/20-mine.md", "---\nid: mine\ntitle: Mine\nsummary: x\nminutes: 2\n---\n"
	shows := func(want string) func() bool {
		return func() bool {
			p, err := now.Load().Page("en", "rabbitmq", "mine")
			return err == nil && strings.Contains(p.HTML, want)
		}
	}
	first := shows("First.")
	until(t, func() bool { // the folder may be watched a little later than it is written to
		write(t, dir, file, head+"First.\n")
		return first()
	})
	write(t, dir, file, head+"```simulate\n```\n")
	until(t, shows(file+`:7</code> fence &#34;simulate&#34; arrives later`))
	if p, err := now.Load().Page("en", "rabbitmq", "acknowledgements"); err != nil || p.Broken {
		t.Errorf("another page is broken too: %v %v", p, err)
	}
	if err := os.Remove(filepath.Join(dir, file)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { _, err := now.Load().Page("en", "rabbitmq", "mine"); return errors.Is(err, ErrNoPage) })
}

func TestWatchNamesTheFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "en/a.md", "x")
	ctx, stop := context.WithCancel(t.Context())
	seen, ended := make(chan []string, 64), make(chan error, 1)
	go func() { ended <- Watch(ctx, dir, func(files []string) { seen <- files }) }()
	until(t, func() bool {
		write(t, dir, "en/a.md", "y")
		select {
		case files := <-seen:
			return slices.Equal(files, []string{"en/a.md"})
		default:
			return false
		}
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// until waits for ok to become true.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not become so")
		}
	}
}

func TestWatchingNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	if err := Watch(t.Context(), missing, func([]string) {}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("watching a folder that is not there: %v", err)
	}
}
