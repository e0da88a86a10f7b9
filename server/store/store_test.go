package store

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const lab = "rabbitmq/work-queue"

// open opens a database in a file for the length of one test.
func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func start(t *testing.T) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "data.db"))
}

func files(text string) []File { return []File{{Name: "main.go", Text: text}} }

func TestOpenAgainKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab ? # %41.db") // a path that an address would misread
	first, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := first.SaveDraft(t.Context(), LocalUser, lab, 0, files("one")); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := open(t, path).Draft(t.Context(), LocalUser, lab)
	if err != nil || d.Revision != 1 || d.Files[0].Text != "one" {
		t.Errorf("after opening again: %+v, %v", d, err)
	}
}

func TestTwoProcessesMayMigrateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	var opening sync.WaitGroup
	for range 4 {
		opening.Go(func() {
			s, err := Open(context.Background(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(s.Ping(context.Background()), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
}

func TestForeignKeysHold(t *testing.T) {
	s := start(t)
	if err := s.SetPage(t.Context(), 77, "acknowledgements", Half); err == nil {
		t.Error("progress of a user who does not exist was stored")
	}
}

func TestProgress(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	now := time.UnixMilli(1_700_000_000_000)
	s.now = func() time.Time { now = now.Add(time.Second); return now }
	for _, state := range []PageState{Half, Done, Half} {
		if err := s.SetPage(ctx, LocalUser, "acks", state); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := s.Pages(ctx, LocalUser)
	if err != nil || pages["acks"] != Done {
		t.Errorf("pages: %v, %v; want what was read to stay read", pages, err)
	}
	if last, err := s.Last(ctx, LocalUser); err != nil || last.Page != "acks" {
		t.Errorf("last place: %+v, %v", last, err)
	}
	if _, err := s.SaveDraft(ctx, LocalUser, lab, 0, files("x")); err != nil {
		t.Fatal(err)
	}
	for _, r := range []Result{{Score: 10, Points: 10, Passed: true}, {Score: 4, Points: 10}} {
		r.Evidence = json.RawMessage(`{}`)
		if _, err := s.FinishAttempt(ctx, submit(t, s), r); err != nil {
			t.Fatal(err)
		}
	}
	labs, err := s.Labs(ctx, LocalUser)
	if diff := cmp.Diff(map[string]LabScore{lab: {Best: 10, Of: 10, Passed: true}}, labs); diff != "" || err != nil {
		t.Errorf("labs, %v (-want +got):\n%s", err, diff)
	}
	if last, err := s.Last(ctx, LocalUser); err != nil || last.Lab != lab {
		t.Errorf("last place after a draft: %+v, %v", last, err)
	}
}

func TestHintsAndSettings(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	for _, tier := range []int{1, 2, 1} {
		if err := s.OpenHint(ctx, LocalUser, lab, 2, tier); err != nil {
			t.Fatal(err)
		}
	}
	if open, err := s.OpenHints(ctx, LocalUser, lab); err != nil || !cmp.Equal(open, map[int]int{2: 2}) {
		t.Errorf("open hints: %v, %v", open, err)
	}
	if _, err := s.Setting(ctx, LocalUser, "plain"); !errors.Is(err, ErrNotFound) {
		t.Errorf("setting that was never set: %v", err)
	}
	for _, value := range []string{"on", "off"} {
		if err := s.SetSetting(ctx, LocalUser, "plain", value); err != nil {
			t.Fatal(err)
		}
	}
	if value, err := s.Setting(ctx, LocalUser, "plain"); err != nil || value != "off" {
		t.Errorf("setting: %q, %v", value, err)
	}
}

// TestKilledInTheMiddleLosesNothingAcknowledged kills a process that saves and
// submits without pause, and looks for everything that it said was stored.
func TestKilledInTheMiddleLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	for round := range 3 {
		saved, attempt := killWriter(t, path, 40+25*round)
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Draft(t.Context(), LocalUser, lab)
		if err != nil || d.Revision < saved {
			t.Errorf("round %d: draft %d, %v; revision %d was acknowledged", round, d.Revision, err, saved)
		}
		if want := fmt.Sprintf("revision %d", d.Revision); d.Files[0].Text != want {
			t.Errorf("round %d: draft %q, want %q: half a save", round, d.Files[0].Text, want)
		}
		if a, err := s.Attempt(t.Context(), LocalUser, attempt); err != nil || a.Status != Received {
			t.Errorf("round %d: attempt %d: %v, %v", round, attempt, a.Status, err)
		}
		var sound string
		if err := s.db.QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
			t.Errorf("round %d: integrity: %q, %v", round, sound, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// killWriter runs TestWriter in a process of its own, kills it after so many
// acknowledgements, and returns the last ones that it wrote.
func killWriter(t *testing.T, path string, after int) (saved, attempt int64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriter$")
	child.Env = append(os.Environ(), "BROKERLAB_WRITER="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == after {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		what, number, _ := strings.Cut(lines.Text(), " ")
		id, err := strconv.ParseInt(number, 10, 64)
		switch {
		case err != nil: // a line that was cut off by the kill
		case what == "saved":
			saved = id
		case what == "attempt":
			attempt = id
		}
	}
	if err := child.Wait(); err == nil || saved == 0 || attempt == 0 {
		t.Fatalf("the writer ended by itself: %v; saved %d, attempt %d", err, saved, attempt)
	}
	return saved, attempt
}

// TestWriter is the process that TestKilledInTheMiddle… kills.
func TestWriter(t *testing.T) {
	path := os.Getenv("BROKERLAB_WRITER")
	if path == "" {
		t.Skip("runs only as a child of TestKilledInTheMiddleLosesNothingAcknowledged")
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Draft(t.Context(), LocalUser, lab)
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	for {
		d, err = s.SaveDraft(t.Context(), LocalUser, lab, d.Revision, files(fmt.Sprintf("revision %d", d.Revision+1)))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("saved %d\n", d.Revision)
		fmt.Printf("attempt %d\n", submit(t, s))
	}
}

func TestDatabaseIsUpToDateAndDurable(t *testing.T) {
	s := start(t)
	var tables int
	const query = `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('users', 'drafts', 'attempts')`
	if err := s.db.QueryRow(query).Scan(&tables); err != nil || tables != 3 {
		t.Fatalf("%d tables, %v", tables, err)
	}
	if err := s.migrate(t.Context()); err != nil {
		t.Errorf("migrating what is up to date: %v", err)
	}
	var mode string
	if err := s.db.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
	var level int
	if err := s.db.QueryRow(`PRAGMA synchronous`).Scan(&level); err != nil || level != 2 {
		t.Errorf("synchronous %d, %v; want 2, FULL", level, err)
	}
}
