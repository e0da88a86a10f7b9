package course

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
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

func TestFolderOverTheCourse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "en/02-rabbitmq/20-mine.md", "---\nid: mine\ntitle: My page\nsummary: x\nminutes: 2\n---\nSee [acks](05-acknowledgements.md).\n")
	write(t, dir, "en/02-rabbitmq/05-acknowledgements.md", "---\nid: rabbitmq-acknowledgements\ntitle: Mine too\nsummary: x\nminutes: 2\n---\nReplaced.\n")
	l, found := Open(dir, nil)
	if len(found) > 0 {
		t.Fatal(found)
	}
	p, err := l.Course().Page("en", "rabbitmq", "mine")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.HTML, `href="/en/rabbitmq/acknowledgements"`) {
		t.Errorf("the added page does not reach the built-in one: %s", p.HTML)
	}
	if p, err := l.Course().Page("en", "rabbitmq", "acknowledgements"); err != nil || !strings.Contains(p.HTML, "Replaced.") {
		t.Errorf("the page is not replaced: %v %v", p, err)
	}
	if p, err := l.Course().Page("ru", "rabbitmq", "acknowledgements"); err != nil || p.Broken {
		t.Errorf("the other language is not as it was: %v %v", p, err)
	}
}

// change is one call of the function given to Watch.
type change struct {
	files []string
	found []Finding
}

// next waits for changes until one is about the file; editors and file systems may split a save in two.
func next(t *testing.T, changes <-chan change, file string) change {
	t.Helper()
	for {
		select {
		case c := <-changes:
			if slices.Contains(c.files, file) {
				return c
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no change of %s was seen", file)
		}
	}
}

func TestCourseFollowsItsFolder(t *testing.T) {
	dir := t.TempDir()
	l, _ := Open(dir, nil)
	ctx, stop := context.WithCancel(t.Context())
	changes, ended := make(chan change, 16), make(chan error, 1)
	go func() {
		ended <- l.Watch(ctx, func(files []string, found []Finding) { changes <- change{files, found} })
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	const file = "en/02-rabbitmq/20-mine.md"
	until(t, func() bool { // the folder may be watched a little later than it is written to
		write(t, dir, file, "---\nid: mine\ntitle: Mine\nsummary: x\nminutes: 2\n---\nFirst.\n")
		p, err := l.Course().Page("en", "rabbitmq", "mine")
		return err == nil && strings.Contains(p.HTML, "First.")
	})
	write(t, dir, file, "---\nid: mine\ntitle: Mine\nsummary: x\nminutes: 2\n---\n```quiz\n```\n")
	var c change
	until(t, func() bool {
		c = next(t, changes, file)
		return slices.ContainsFunc(c.found, func(f Finding) bool { return f.Breaks })
	})
	if got := c.found[len(c.found)-1].String(); got != file+`:7: fence "quiz" arrives later; leave it out until then` {
		t.Errorf("found %q", got)
	}
	if p, err := l.Course().Page("en", "rabbitmq", "mine"); err != nil || !p.Broken {
		t.Errorf("the page is not shown as broken: %+v %v", p, err)
	}
	if p, err := l.Course().Page("en", "rabbitmq", "acknowledgements"); err != nil || p.Broken {
		t.Errorf("another page is broken too: %v %v", p, err)
	}
	if err := os.Remove(filepath.Join(dir, file)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { _, err := l.Course().Page("en", "rabbitmq", "mine"); return err != nil })
}

// until waits for ok to become true.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not become so")
		}
	}
}

func TestWatchingNothing(t *testing.T) {
	l, _ := Open("", nil)
	if err := l.Watch(t.Context(), func([]string, []Finding) { t.Error("a change of nothing") }); err != nil {
		t.Error(err)
	}
	missing := filepath.Join(t.TempDir(), "none")
	if err := Watch(t.Context(), missing, func([]string) {}); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("watching a folder that is not there: %v", err)
	}
}
