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

func TestSaveDraft(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	if _, err := s.Draft(ctx, LocalUser, lab); !errors.Is(err, ErrNotFound) {
		t.Fatalf("draft before the first save: %v, want ErrNotFound", err)
	}
	for i, text := range []string{"one", "two", "three"} {
		d, err := s.SaveDraft(ctx, LocalUser, lab, int64(i), files(text))
		if err != nil || d.Revision != int64(i+1) {
			t.Fatalf("save %d: revision %d, %v", i+1, d.Revision, err)
		}
	}
	again, err := s.SaveDraft(ctx, LocalUser, lab, 2, files("three"))
	if err != nil || again.Revision != 3 {
		t.Errorf("the same save again: revision %d, %v; want 3, for its answer may have been lost", again.Revision, err)
	}
	_, err = s.SaveDraft(ctx, LocalUser, lab, 1, files("four"))
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Current.Revision != 3 || conflict.Current.Files[0].Text != "three" {
		t.Fatalf("stale save: %v, want a conflict that carries revision 3", err)
	}
	if d, err := s.Draft(ctx, LocalUser, lab); err != nil || d.Files[0].Text != "three" {
		t.Errorf("after a conflict: %+v, %v; want nothing overwritten", d, err)
	}
}

func TestConcurrentSavesOfOneRevisionLetOneWin(t *testing.T) {
	s := start(t)
	var saving sync.WaitGroup
	var mu sync.Mutex
	won, lost := 0, 0
	for i := range 16 {
		saving.Go(func() {
			_, err := s.SaveDraft(context.Background(), LocalUser, lab, 0, files(strconv.Itoa(i)))
			var conflict *ConflictError
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.As(err, &conflict):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	saving.Wait()
	if won != 1 || lost != 15 {
		t.Errorf("%d saves won and %d were stale, want 1 and 15", won, lost)
	}
}

func TestHistoryIsCoalescedAndBounded(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	now := time.UnixMilli(1_700_000_000_000)
	s.now = func() time.Time { return now }
	const saves = 600
	for i := range int64(saves) {
		if _, err := s.SaveDraft(ctx, LocalUser, lab, i, files(strconv.FormatInt(i+1, 10))); err != nil {
			t.Fatal(err)
		}
		now = now.Add(30 * time.Second)
	}
	list, err := s.Revisions(ctx, LocalUser, lab)
	if err != nil {
		t.Fatal(err)
	}
	// The newest 200 take 100 minutes; the 400 before them take 200 minutes, of which each ten keep one.
	if len(list) < 200+20 || len(list) > 200+22 {
		t.Errorf("%d revisions are kept, want about 220", len(list))
	}
	for i := range 200 {
		if list[i].Revision != saves-int64(i) {
			t.Fatalf("revision %d is at place %d, want all of the newest 200", list[i].Revision, i)
		}
	}
	oldest := list[len(list)-1]
	d, err := s.RestoreRevision(ctx, LocalUser, lab, oldest.Revision)
	if err != nil || d.Revision != saves+1 || d.Files[0].Text != strconv.FormatInt(oldest.Revision, 10) {
		t.Errorf("restored revision %d: %+v, %v", oldest.Revision, d, err)
	}
}

func TestResetKeepsASnapshotThatCanBeRestored(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	if _, err := s.SaveDraft(ctx, LocalUser, lab, 0, files("mine")); err != nil {
		t.Fatal(err)
	}
	d, id, err := s.ResetDraft(ctx, LocalUser, lab, files("starter"))
	if err != nil || id == 0 || d.Revision != 2 || d.Files[0].Text != "starter" {
		t.Fatalf("reset: %+v, snapshot %d, %v", d, id, err)
	}
	if _, again, err := s.ResetDraft(ctx, LocalUser, lab, files("starter")); err != nil || again != 0 {
		t.Errorf("reset of the starter: snapshot %d, %v; want none, there was nothing to keep", again, err)
	}
	list, err := s.Snapshots(ctx, LocalUser, lab)
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].Reason != "reset" {
		t.Fatalf("snapshots: %+v, %v", list, err)
	}
	d, err = s.RestoreSnapshot(ctx, LocalUser, lab, id)
	if err != nil || d.Files[0].Text != "mine" {
		t.Errorf("restored: %+v, %v", d, err)
	}
	if _, err := s.RestoreSnapshot(ctx, LocalUser, "rabbitmq/other", id); !errors.Is(err, ErrNotFound) {
		t.Errorf("snapshot of another lab: %v, want ErrNotFound", err)
	}
}

func submit(t *testing.T, s *Store) int64 {
	t.Helper()
	id, err := s.AddAttempt(t.Context(), Submission{
		User: LocalUser, Lab: lab, LabHash: "abc", Seed: 1<<63 + 5, Variant: json.RawMessage(`{"queue":"orders"}`), Backend: "containers", Files: files("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAttemptIsReceivedThenGradedOnce(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	id := submit(t, s)
	a, err := s.ClaimAttempt(ctx, "me", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := Submission{User: LocalUser, Lab: lab, LabHash: "abc", Seed: 1<<63 + 5, Variant: json.RawMessage(`{"queue":"orders"}`), Backend: "containers", Files: files("x")}
	if diff := cmp.Diff(want, a.Submission); diff != "" || a.ID != id || a.Status != Received {
		t.Errorf("claimed attempt %d %s (-want +got):\n%s", a.ID, a.Status, diff)
	}
	first := Result{Score: 6, Points: 10, Evidence: json.RawMessage(`{"version":1}`)}
	if ok, err := s.FinishAttempt(ctx, id, first); err != nil || !ok {
		t.Fatalf("first result: %v, %v", ok, err)
	}
	if ok, err := s.FinishAttempt(ctx, id, Result{Score: 10, Points: 10, Passed: true, Evidence: json.RawMessage(`{}`)}); err != nil || ok {
		t.Errorf("second result: stored %v, %v; want the first to stand", ok, err)
	}
	if ok, err := s.FaultAttempt(ctx, id, "late"); err != nil || ok {
		t.Errorf("fault after the result: stored %v, %v", ok, err)
	}
	a, err = s.Attempt(ctx, LocalUser, id)
	if err != nil || a.Status != Graded || a.Score != 6 || a.Passed || string(a.Evidence) != `{"version":1}` {
		t.Errorf("graded attempt: %+v, %v", a, err)
	}
	if _, err := s.Attempt(ctx, 2, id); !errors.Is(err, ErrNotFound) {
		t.Errorf("attempt of someone else: %v, want ErrNotFound", err)
	}
}

func TestLeaseKeepsOthersAwayUntilItRunsOut(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	now := time.UnixMilli(1_700_000_000_000)
	s.now = func() time.Time { return now }
	id := submit(t, s)
	if _, err := s.ClaimAttempt(ctx, "one", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ClaimAttempt(ctx, "two", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Fatalf("claimed under someone's lease: %v", err)
	}
	now = now.Add(50 * time.Second)
	if ok, err := s.RenewLease(ctx, id, "one", time.Minute); err != nil || !ok {
		t.Fatalf("renewed: %v, %v", ok, err)
	}
	now = now.Add(50 * time.Second)
	if _, err := s.ClaimAttempt(ctx, "two", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Fatalf("claimed under a renewed lease: %v", err)
	}
	now = now.Add(11 * time.Second)
	if a, err := s.ClaimAttempt(ctx, "two", time.Minute); err != nil || a.Tries != 2 {
		t.Fatalf("after the lease ran out: try %d, %v; want the second", a.Tries, err)
	}
	if ok, err := s.RenewLease(ctx, id, "one", time.Minute); err != nil || ok {
		t.Errorf("the first owner renewed what is no longer its own: %v, %v", ok, err)
	}
}

func TestReleasedAttemptIsFreeAtOnceAndCostsNoTry(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	id := submit(t, s)
	if _, err := s.ClaimAttempt(ctx, "one", time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.ReleaseAttempt(ctx, id, "one"); err != nil {
		t.Fatal(err)
	}
	if a, err := s.ClaimAttempt(ctx, "two", time.Hour); err != nil || a.Tries != 1 {
		t.Fatalf("after release: try %d, %v", a.Tries, err)
	}
	if err := s.ReleaseDead(ctx, func(owner string) bool { return owner != "two" }); err != nil {
		t.Fatal(err)
	}
	if a, err := s.ClaimAttempt(ctx, "three", time.Hour); err != nil || a.ID != id {
		t.Errorf("after its owner died: %+v, %v", a, err)
	}
}

func TestAttemptThatKillsItsGraderBecomesAFault(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	id := submit(t, s)
	for try := range MaxTries {
		if _, err := s.ClaimAttempt(ctx, strconv.Itoa(try), -time.Second); err != nil {
			t.Fatalf("try %d: %v", try+1, err)
		}
	}
	if _, err := s.ClaimAttempt(ctx, "again", time.Minute); !errors.Is(err, ErrNotFound) {
		t.Fatalf("claimed once more: %v", err)
	}
	if a, err := s.Attempt(ctx, LocalUser, id); err != nil || a.Status != Fault || a.Fault == "" {
		t.Errorf("attempt: %+v, %v; want a fault", a, err)
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

// TestLinesOfRevisions: what can be restored says how long it was.
func TestLinesOfRevisions(t *testing.T) {
	s := start(t)
	for i, tt := range []struct {
		rule  string
		files []File
		want  int
	}{
		{"one line with its end", files("package main\n"), 1},
		{"a last line without an end counts", files("package main\n\nfunc main() {}"), 3},
		{"line ends that are written are none", files("println(\"a\\n\\\\n\")\n"), 1},
		{"all files count", []File{{"main.go", "a\nb\n"}, {"ledger.go", "с\n"}}, 3},
		{"nothing", files(""), 0},
	} {
		if _, err := s.SaveDraft(t.Context(), LocalUser, lab, int64(i), tt.files); err != nil {
			t.Fatal(err)
		}
		list, err := s.Revisions(t.Context(), LocalUser, lab)
		if err != nil || list[0].Lines != tt.want {
			t.Errorf("%s: %d lines, want %d; error %v", tt.rule, list[0].Lines, tt.want, err)
		}
	}
	if _, _, err := s.ResetDraft(t.Context(), LocalUser, lab, files("a\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveDraft(t.Context(), LocalUser, lab, 6, files("b\nc\n")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.ResetDraft(t.Context(), LocalUser, lab, files("a\n")); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Snapshots(t.Context(), LocalUser, lab); err != nil || list[0].Lines != 2 {
		t.Errorf("snapshots %+v, error %v, want 2 lines in the newest", list, err)
	}
}
