package store

import (
	"encoding/json"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
		if _, err := s.ClaimAttempt(ctx, strconv.Itoa(try), -time.Hour); err != nil {
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
