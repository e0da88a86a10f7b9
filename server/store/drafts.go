package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	// recentRevisions is how many of the newest revisions are all kept.
	recentRevisions = 200
	// oldRevisionEvery is the time of which one revision is kept beyond those.
	oldRevisionEvery = 10 * time.Minute
	// maxRevisions bounds the history of one lab: two weeks of steady typing.
	maxRevisions = 1200
	// maxSnapshots bounds the snapshots of one lab; the oldest goes first.
	maxSnapshots = 50
)

// A Draft is the program of one student in one lab, as last saved.
type Draft struct {
	Revision int64     `json:"revision"` // 1 is the first save; 0 means never saved
	Files    []File    `json:"files"`
	SavedAt  time.Time `json:"at"`
}

// A Revision names one earlier save of a draft.
type Revision struct {
	Revision int64     `json:"revision"`
	At       time.Time `json:"at"`
	Bytes    int       `json:"bytes"` // of the JSON that holds the files
	Lines    int       `json:"lines"` // of all files
}

// A Snapshot is what a draft was before something replaced it.
type Snapshot struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"` // reset or restore
	Lines  int       `json:"lines"`  // of all files
}

// linesOf is SQL for how many lines the files of a row have; one without a line end
// at its end counts.
const linesOf = `
	(SELECT COALESCE(SUM(LENGTH(text) - LENGTH(REPLACE(text, char(10), '')) + (text <> '' AND SUBSTR(text, -1) <> char(10))), 0)
	 FROM (SELECT json_extract(value, '$.text') AS text FROM json_each(files)))`

// A ConflictError says that a save was based on a revision which is not the
// current one. Nothing was overwritten.
type ConflictError struct {
	Base    int64
	Current Draft
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("save is based on revision %d, the current one is %d", e.Base, e.Current.Revision)
}

// Draft returns the current draft of a lab, or ErrNotFound before the first save.
func (s *Store) Draft(ctx context.Context, user int64, lab string) (Draft, error) {
	d, err := currentDraft(ctx, s.db, user, lab)
	if err != nil {
		return Draft{}, fmt.Errorf("draft of user %d in lab %q: %w", user, lab, err)
	}
	return d, nil
}

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func currentDraft(ctx context.Context, q querier, user int64, lab string) (Draft, error) {
	const query = `
		SELECT revision, files, saved_at
		FROM drafts
		WHERE user_id = ? AND lab_id = ?`
	var d Draft
	var files string
	var at int64
	err := q.QueryRowContext(ctx, query, user, lab).Scan(&d.Revision, &files, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, ErrNotFound
	}
	if err != nil {
		return Draft{}, err
	}
	d.SavedAt = time.UnixMilli(at).UTC()
	return d, json.Unmarshal([]byte(files), &d.Files)
}

// SaveDraft stores files as the next revision of a draft. base is the revision
// that the editor started from, 0 when it was never saved. When base is not
// the current revision it returns a *ConflictError and changes nothing; files
// equal to the current ones are no conflict and make no new revision, so a
// save may be sent again after a lost answer.
func (s *Store) SaveDraft(ctx context.Context, user int64, lab string, base int64, files []File) (Draft, error) {
	var saved Draft
	err := s.change(ctx, func(tx *sql.Tx) error {
		current, err := currentDraft(ctx, tx, user, lab)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if current.Revision > 0 && sameFiles(current.Files, files) {
			saved = current
			return nil
		}
		if base != current.Revision {
			return &ConflictError{Base: base, Current: current}
		}
		saved, err = s.writeDraft(ctx, tx, user, lab, current.Revision+1, files)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("save draft of user %d in lab %q: %w", user, lab, err)
	}
	return saved, nil
}

// writeDraft makes files the current draft, under the given revision number.
func (s *Store) writeDraft(ctx context.Context, tx *sql.Tx, user int64, lab string, revision int64, files []File) (Draft, error) {
	text, err := json.Marshal(files)
	if err != nil {
		return Draft{}, err
	}
	now := s.now()
	const draft = `
		INSERT INTO drafts (user_id, lab_id, revision, files, saved_at)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (user_id, lab_id) DO UPDATE
		SET revision = excluded.revision, files = excluded.files, saved_at = excluded.saved_at`
	if _, err := tx.ExecContext(ctx, draft, user, lab, revision, string(text), millis(now)); err != nil {
		return Draft{}, err
	}
	const history = `
		INSERT INTO revisions (user_id, lab_id, revision, files, saved_at)
		VALUES (?, ?, ?, ?, ?)`
	if _, err := tx.ExecContext(ctx, history, user, lab, revision, string(text), millis(now)); err != nil {
		return Draft{}, err
	}
	if err := forgetRevisions(ctx, tx, user, lab, revision); err != nil {
		return Draft{}, err
	}
	return Draft{Revision: revision, Files: files, SavedAt: time.UnixMilli(millis(now)).UTC()}, nil
}

// forgetRevisions keeps the newest revisions, one for each ten minutes before
// them, and never more than maxRevisions.
func forgetRevisions(ctx context.Context, tx *sql.Tx, user int64, lab string, newest int64) error {
	const coalesce = `
		DELETE FROM revisions
		WHERE user_id = ?1 AND lab_id = ?2 AND revision <= ?3
		  AND revision NOT IN (
			SELECT MAX(revision)
			FROM revisions
			WHERE user_id = ?1 AND lab_id = ?2
			GROUP BY saved_at / ?4)`
	_, err := tx.ExecContext(ctx, coalesce, user, lab, newest-recentRevisions, oldRevisionEvery.Milliseconds())
	if err != nil {
		return err
	}
	const bound = `
		DELETE FROM revisions
		WHERE user_id = ?1 AND lab_id = ?2 AND revision <= (
			SELECT revision
			FROM revisions
			WHERE user_id = ?1 AND lab_id = ?2
			ORDER BY revision DESC
			LIMIT 1 OFFSET ?3)`
	_, err = tx.ExecContext(ctx, bound, user, lab, maxRevisions)
	return err
}

// Revisions lists the kept saves of a draft, newest first.
func (s *Store) Revisions(ctx context.Context, user int64, lab string) ([]Revision, error) {
	const query = `
		SELECT revision, saved_at, LENGTH(files), ` + linesOf + `
		FROM revisions
		WHERE user_id = ? AND lab_id = ?
		ORDER BY revision DESC`
	rows, err := s.db.QueryContext(ctx, query, user, lab)
	if err != nil {
		return nil, fmt.Errorf("revisions of user %d in lab %q: %w", user, lab, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	list := []Revision{}
	for rows.Next() {
		var r Revision
		var at int64
		if err := rows.Scan(&r.Revision, &at, &r.Bytes, &r.Lines); err != nil {
			return nil, err
		}
		r.At = time.UnixMilli(at).UTC()
		list = append(list, r)
	}
	return list, rows.Err()
}

// RestoreRevision makes an earlier revision the newest one. The draft that it
// replaces stays in the history.
func (s *Store) RestoreRevision(ctx context.Context, user int64, lab string, revision int64) (Draft, error) {
	const query = `
		SELECT files
		FROM revisions
		WHERE user_id = ? AND lab_id = ? AND revision = ?`
	return s.restore(ctx, user, lab, fmt.Sprintf("revision %d", revision), query, user, lab, revision)
}

// RestoreSnapshot makes a snapshot the newest revision of its draft.
func (s *Store) RestoreSnapshot(ctx context.Context, user int64, lab string, id int64) (Draft, error) {
	const query = `
		SELECT files
		FROM snapshots
		WHERE user_id = ? AND lab_id = ? AND id = ?`
	return s.restore(ctx, user, lab, fmt.Sprintf("snapshot %d", id), query, user, lab, id)
}

// restore makes the files that query finds the current draft.
func (s *Store) restore(ctx context.Context, user int64, lab, what, query string, args ...any) (Draft, error) {
	var saved Draft
	err := s.change(ctx, func(tx *sql.Tx) error {
		var text string
		err := tx.QueryRowContext(ctx, query, args...).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		var files []File
		if err := json.Unmarshal([]byte(text), &files); err != nil {
			return err
		}
		current, err := currentDraft(ctx, tx, user, lab)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		saved, err = s.writeDraft(ctx, tx, user, lab, current.Revision+1, files)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("restore %s of user %d in lab %q: %w", what, user, lab, err)
	}
	return saved, nil
}

// ResetDraft makes the starter the current draft and keeps what was there as a
// snapshot, which it returns by number; 0 when there was nothing to keep.
func (s *Store) ResetDraft(ctx context.Context, user int64, lab string, starter []File) (Draft, int64, error) {
	var saved Draft
	var snapshot int64
	err := s.change(ctx, func(tx *sql.Tx) error {
		current, err := currentDraft(ctx, tx, user, lab)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if current.Revision > 0 && !sameFiles(current.Files, starter) {
			if snapshot, err = s.keep(ctx, tx, user, lab, "reset", current.Files); err != nil {
				return err
			}
		}
		saved, err = s.writeDraft(ctx, tx, user, lab, current.Revision+1, starter)
		return err
	})
	if err != nil {
		return Draft{}, 0, fmt.Errorf("reset draft of user %d in lab %q: %w", user, lab, err)
	}
	return saved, snapshot, nil
}

// keep stores a snapshot and forgets the oldest ones beyond maxSnapshots.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, user int64, lab, reason string, files []File) (int64, error) {
	text, err := json.Marshal(files)
	if err != nil {
		return 0, err
	}
	const insert = `
		INSERT INTO snapshots (user_id, lab_id, files, reason, at)
		VALUES (?, ?, ?, ?, ?)`
	result, err := tx.ExecContext(ctx, insert, user, lab, string(text), reason, millis(s.now()))
	if err != nil {
		return 0, err
	}
	const bound = `
		DELETE FROM snapshots
		WHERE user_id = ?1 AND lab_id = ?2 AND id <= (
			SELECT id
			FROM snapshots
			WHERE user_id = ?1 AND lab_id = ?2
			ORDER BY id DESC
			LIMIT 1 OFFSET ?3)`
	if _, err := tx.ExecContext(ctx, bound, user, lab, maxSnapshots); err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Snapshots lists the snapshots of a lab, newest first.
func (s *Store) Snapshots(ctx context.Context, user int64, lab string) ([]Snapshot, error) {
	const query = `
		SELECT id, at, reason, ` + linesOf + `
		FROM snapshots
		WHERE user_id = ? AND lab_id = ?
		ORDER BY id DESC`
	rows, err := s.db.QueryContext(ctx, query, user, lab)
	if err != nil {
		return nil, fmt.Errorf("snapshots of user %d in lab %q: %w", user, lab, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	list := []Snapshot{}
	for rows.Next() {
		var snap Snapshot
		var at int64
		if err := rows.Scan(&snap.ID, &at, &snap.Reason, &snap.Lines); err != nil {
			return nil, err
		}
		snap.At = time.UnixMilli(at).UTC()
		list = append(list, snap)
	}
	return list, rows.Err()
}

func sameFiles(a, b []File) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
