package store

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"
)

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
