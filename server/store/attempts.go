package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Status says how far an attempt is.
type Status string

const (
	// Received attempts are stored and wait to be graded.
	Received Status = "received"
	// Graded attempts have evidence and a score, for good.
	Graded Status = "graded"
	// Fault attempts could not be graded through no fault of the student's, and cost no attempt.
	Fault Status = "fault"
)

// MaxTries is how often one attempt is graded when the process dies each
// time. After that it is a fault: it must not take the server down for ever.
const MaxTries = 5

// A Submission is what a student hands in. It is all that grading needs.
type Submission struct {
	User    int64
	Lab     string // id, "rabbitmq/work-queue"
	LabHash string // of the lab's content, so that a later edit cannot change an old grade
	Seed    uint64
	Variant json.RawMessage // the values drawn for this student
	Backend string          // what the lab ran on; "" for miniatures
	Files   []File
}

// An Attempt is a submission and what became of it.
type Attempt struct {
	Submission
	ID         int64
	ReceivedAt time.Time
	Status     Status
	FinishedAt time.Time // zero while received
	Score      int       // in points, of Points
	Points     int
	Passed     bool
	Evidence   json.RawMessage // nil unless graded
	Fault      string          // what went wrong on our side, for the log; empty unless a fault
	Tries      int
}

// A Result is what grading found.
type Result struct {
	Score    int
	Points   int
	Passed   bool
	Evidence json.RawMessage
}

// AddAttempt stores a submission as received and returns its number. When it
// returns, the submission is on disk.
func (s *Store) AddAttempt(ctx context.Context, sub Submission) (int64, error) {
	source, err := json.Marshal(sub.Files)
	if err != nil {
		return 0, err
	}
	variant := sub.Variant
	if variant == nil {
		variant = json.RawMessage("{}")
	}
	const query = `
		INSERT INTO attempts (user_id, lab_id, lab_hash, seed, variant, backend, source, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	result, err := s.db.ExecContext(ctx, query,
		sub.User, sub.Lab, sub.LabHash, int64(sub.Seed), string(variant), cmp.Or(sub.Backend, "miniature"), string(source), millis(s.now()))
	if err != nil {
		return 0, fmt.Errorf("add attempt of user %d at lab %q: %w", sub.User, sub.Lab, err)
	}
	return result.LastInsertId()
}

// ClaimAttempt takes the oldest received attempt that nobody holds, for the
// length of lease. It returns ErrNotFound when there is none. An attempt that
// was tried MaxTries times becomes a fault instead of being claimed again.
func (s *Store) ClaimAttempt(ctx context.Context, owner string, lease time.Duration) (Attempt, error) {
	now := s.now()
	const giveUp = `
		UPDATE attempts
		SET status = 'fault', fault = 'grading did not end in ' || tries || ' tries', finished_at = ?1
		WHERE status = 'received' AND tries >= ?2 AND (lease_until IS NULL OR lease_until < ?1)`
	if _, err := s.db.ExecContext(ctx, giveUp, millis(now), MaxTries); err != nil {
		return Attempt{}, fmt.Errorf("claim attempt: %w", err)
	}
	const claim = `
		UPDATE attempts
		SET lease_owner = ?1, lease_until = ?2, tries = tries + 1
		WHERE id = (
			SELECT id
			FROM attempts
			WHERE status = 'received' AND (lease_until IS NULL OR lease_until < ?3)
			ORDER BY id
			LIMIT 1)
		RETURNING id`
	var id int64
	err := s.db.QueryRowContext(ctx, claim, owner, millis(now.Add(lease)), millis(now)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Attempt{}, ErrNotFound
	}
	if err != nil {
		return Attempt{}, fmt.Errorf("claim attempt: %w", err)
	}
	return s.attempt(ctx, id)
}

// RenewLease holds a claimed attempt for the length of lease from now. It
// reports false when the attempt is no longer owner's.
func (s *Store) RenewLease(ctx context.Context, id int64, owner string, lease time.Duration) (bool, error) {
	const query = `
		UPDATE attempts
		SET lease_until = ?
		WHERE id = ? AND lease_owner = ? AND status = 'received'`
	return s.changesOne(ctx, query, millis(s.now().Add(lease)), id, owner)
}

// ReleaseAttempt gives a claimed attempt back ungraded, as when the server
// stops. The try is not counted.
func (s *Store) ReleaseAttempt(ctx context.Context, id int64, owner string) error {
	const query = `
		UPDATE attempts
		SET lease_owner = NULL, lease_until = NULL, tries = tries - 1
		WHERE id = ? AND lease_owner = ? AND status = 'received'`
	_, err := s.changesOne(ctx, query, id, owner)
	return err
}

// ReleaseDead ends the leases of owners that alive says are gone, so that what
// a killed process was grading need not wait for its lease to run out.
func (s *Store) ReleaseDead(ctx context.Context, alive func(owner string) bool) error {
	const query = `
		SELECT DISTINCT lease_owner
		FROM attempts
		WHERE status = 'received' AND lease_owner IS NOT NULL`
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("release leases: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var dead []string
	for rows.Next() {
		var owner string
		if err := rows.Scan(&owner); err != nil {
			return err
		}
		if !alive(owner) {
			dead = append(dead, owner)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	const release = `
		UPDATE attempts
		SET lease_owner = NULL, lease_until = NULL
		WHERE status = 'received' AND lease_owner = ?`
	for _, owner := range dead {
		if _, err := s.db.ExecContext(ctx, release, owner); err != nil {
			return fmt.Errorf("release lease of %q: %w", owner, err)
		}
	}
	return nil
}

// FinishAttempt stores the result of an attempt. It reports false when the
// attempt was finished already: the first result stands.
func (s *Store) FinishAttempt(ctx context.Context, id int64, r Result) (bool, error) {
	const query = `
		UPDATE attempts
		SET status = 'graded', finished_at = ?, score = ?, points = ?, passed = ?, evidence = ?,
		    lease_owner = NULL, lease_until = NULL
		WHERE id = ? AND status = 'received'`
	return s.changesOne(ctx, query, millis(s.now()), r.Score, r.Points, r.Passed, string(r.Evidence), id)
}

// FaultAttempt stores that an attempt could not be graded, and why, for the
// log. It reports false when the attempt was finished already.
func (s *Store) FaultAttempt(ctx context.Context, id int64, why string) (bool, error) {
	const query = `
		UPDATE attempts
		SET status = 'fault', finished_at = ?, fault = ?, lease_owner = NULL, lease_until = NULL
		WHERE id = ? AND status = 'received'`
	return s.changesOne(ctx, query, millis(s.now()), why, id)
}

// changesOne runs a query that changes one row by its number, and reports whether it did.
func (s *Store) changesOne(ctx context.Context, query string, args ...any) (bool, error) {
	result, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("change attempt: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Attempt returns one attempt of a user, with its source and evidence.
func (s *Store) Attempt(ctx context.Context, user, id int64) (Attempt, error) {
	a, err := s.attempt(ctx, id)
	if err == nil && a.User != user {
		err = ErrNotFound
	}
	if err != nil {
		return Attempt{}, fmt.Errorf("attempt %d of user %d: %w", id, user, err)
	}
	return a, nil
}

// GradedBefore returns the newest graded attempt of the same user, lab, seed and
// backend with the very same files, and ErrNotFound if there is none.
func (s *Store) GradedBefore(ctx context.Context, a Attempt) (Attempt, error) {
	const query = `
		SELECT before.id
		FROM attempts before
		JOIN attempts now ON before.user_id = now.user_id AND before.lab_id = now.lab_id AND before.lab_hash = now.lab_hash
			AND before.seed = now.seed AND before.backend = now.backend AND before.source = now.source
		WHERE now.id = ? AND before.id <> now.id AND before.status = 'graded'
		ORDER BY before.id DESC
		LIMIT 1`
	var id int64
	err := s.db.QueryRowContext(ctx, query, a.ID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Attempt{}, ErrNotFound
	}
	if err != nil {
		return Attempt{}, fmt.Errorf("attempts like %d: %w", a.ID, err)
	}
	return s.attempt(ctx, id)
}

func (s *Store) attempt(ctx context.Context, id int64) (Attempt, error) {
	const query = `
		SELECT id, user_id, lab_id, lab_hash, seed, variant, backend, source, received_at, status,
		       COALESCE(finished_at, 0), COALESCE(score, 0), COALESCE(points, 0), COALESCE(passed, 0),
		       COALESCE(evidence, ''), COALESCE(fault, ''), tries
		FROM attempts
		WHERE id = ?`
	var a Attempt
	var seed, received, finished int64
	var variant, source, evidence string
	err := s.db.QueryRowContext(ctx, query, id).Scan(&a.ID, &a.User, &a.Lab, &a.LabHash, &seed, &variant, &a.Backend, &source,
		&received, &a.Status, &finished, &a.Score, &a.Points, &a.Passed, &evidence, &a.Fault, &a.Tries)
	if errors.Is(err, sql.ErrNoRows) {
		return Attempt{}, ErrNotFound
	}
	if err != nil {
		return Attempt{}, err
	}
	a.Seed, a.Variant = uint64(seed), json.RawMessage(variant)
	a.ReceivedAt = time.UnixMilli(received).UTC()
	if finished > 0 {
		a.FinishedAt = time.UnixMilli(finished).UTC()
	}
	if evidence != "" {
		a.Evidence = json.RawMessage(evidence)
	}
	return a, json.Unmarshal([]byte(source), &a.Files)
}

// Attempts lists the newest attempts of a user at a lab, newest first, without
// source and evidence.
func (s *Store) Attempts(ctx context.Context, user int64, lab string, limit int) ([]Attempt, error) {
	const query = `
		SELECT id, received_at, status, COALESCE(score, 0), COALESCE(points, 0), COALESCE(passed, 0)
		FROM attempts
		WHERE user_id = ? AND lab_id = ?
		ORDER BY id DESC
		LIMIT ?`
	rows, err := s.db.QueryContext(ctx, query, user, lab, limit)
	if err != nil {
		return nil, fmt.Errorf("attempts of user %d at lab %q: %w", user, lab, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var list []Attempt
	for rows.Next() {
		a := Attempt{Submission: Submission{User: user, Lab: lab}}
		var at int64
		if err := rows.Scan(&a.ID, &at, &a.Status, &a.Score, &a.Points, &a.Passed); err != nil {
			return nil, err
		}
		a.ReceivedAt = time.UnixMilli(at).UTC()
		list = append(list, a)
	}
	return list, rows.Err()
}

// Waiting counts the attempts of a user that are not graded yet.
func (s *Store) Waiting(ctx context.Context, user int64) (int, error) {
	const query = `
		SELECT COUNT(*)
		FROM attempts
		WHERE user_id = ? AND status = 'received'`
	var n int
	if err := s.db.QueryRowContext(ctx, query, user).Scan(&n); err != nil {
		return 0, fmt.Errorf("waiting attempts of user %d: %w", user, err)
	}
	return n, nil
}
