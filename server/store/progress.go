package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// A PageState says how far a student is with a page.
type PageState string

const (
	// Half is a page that was opened.
	Half PageState = "half"
	// Done is a page that was read to its end.
	Done PageState = "done"
)

// A LabScore is the best that a student reached in one lab.
type LabScore struct {
	Best   int  `json:"best"`
	Of     int  `json:"of"`
	Passed bool `json:"passed"`
}

// A Place is the page or lab that a student was at last.
type Place struct {
	Page string // id of a page, or empty
	Lab  string // id of a lab, or empty
}

// SetPage records that a page was opened or read. What was read stays read.
func (s *Store) SetPage(ctx context.Context, user int64, page string, state PageState) error {
	const query = `
		INSERT INTO page_progress (user_id, page_id, state, at)
		VALUES (?, ?, ?, ?)
		ON CONFLICT (user_id, page_id) DO UPDATE
		SET state = CASE WHEN state = 'done' THEN 'done' ELSE excluded.state END, at = excluded.at`
	if _, err := s.db.ExecContext(ctx, query, user, page, string(state), millis(s.now())); err != nil {
		return fmt.Errorf("progress of user %d on page %q: %w", user, page, err)
	}
	return nil
}

// Pages returns the state of each page that a user has opened, by page id.
func (s *Store) Pages(ctx context.Context, user int64) (map[string]PageState, error) {
	const query = `
		SELECT page_id, state
		FROM page_progress
		WHERE user_id = ?`
	rows, err := s.db.QueryContext(ctx, query, user)
	if err != nil {
		return nil, fmt.Errorf("progress of user %d: %w", user, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	pages := map[string]PageState{}
	for rows.Next() {
		var id string
		var state PageState
		if err := rows.Scan(&id, &state); err != nil {
			return nil, err
		}
		pages[id] = state
	}
	return pages, rows.Err()
}

// Labs returns the best score of a user in each lab that was begun, by lab id.
// A lab with a draft and no graded attempt has a score of 0 of 0.
func (s *Store) Labs(ctx context.Context, user int64) (map[string]LabScore, error) {
	const query = `
		SELECT lab_id, MAX(score), MAX(points), MAX(passed)
		FROM (
			SELECT lab_id, score, points, passed
			FROM attempts
			WHERE user_id = ?1 AND status = 'graded'
			UNION ALL
			SELECT lab_id, 0, 0, 0
			FROM drafts
			WHERE user_id = ?1)
		GROUP BY lab_id`
	rows, err := s.db.QueryContext(ctx, query, user)
	if err != nil {
		return nil, fmt.Errorf("scores of user %d: %w", user, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	labs := map[string]LabScore{}
	for rows.Next() {
		var id string
		var score LabScore
		if err := rows.Scan(&id, &score.Best, &score.Of, &score.Passed); err != nil {
			return nil, err
		}
		labs[id] = score
	}
	return labs, rows.Err()
}

// Last returns where a user was last: the page or the draft that changed most
// recently. It is empty for someone who has only just come.
func (s *Store) Last(ctx context.Context, user int64) (Place, error) {
	const query = `
		SELECT page_id, '', at
		FROM page_progress
		WHERE user_id = ?1
		UNION ALL
		SELECT '', lab_id, saved_at
		FROM drafts
		WHERE user_id = ?1
		ORDER BY 3 DESC
		LIMIT 1`
	var p Place
	var at int64
	err := s.db.QueryRowContext(ctx, query, user).Scan(&p.Page, &p.Lab, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Place{}, fmt.Errorf("last place of user %d: %w", user, err)
	}
	return p, nil
}

// OpenHint records that a tier of a task's hints was opened. The first time counts.
func (s *Store) OpenHint(ctx context.Context, user int64, lab string, task, tier int) error {
	const query = `
		INSERT INTO hint_openings (user_id, lab_id, task, tier, opened_at)
		VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`
	if _, err := s.db.ExecContext(ctx, query, user, lab, task, tier, millis(s.now())); err != nil {
		return fmt.Errorf("open hint %d.%d of lab %q for user %d: %w", task, tier, lab, user, err)
	}
	return nil
}

// OpenHints returns how many tiers of each task a user has opened.
func (s *Store) OpenHints(ctx context.Context, user int64, lab string) (map[int]int, error) {
	const query = `
		SELECT task, MAX(tier)
		FROM hint_openings
		WHERE user_id = ? AND lab_id = ?
		GROUP BY task`
	rows, err := s.db.QueryContext(ctx, query, user, lab)
	if err != nil {
		return nil, fmt.Errorf("hints of lab %q for user %d: %w", lab, user, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	open := map[int]int{}
	for rows.Next() {
		var task, tier int
		if err := rows.Scan(&task, &tier); err != nil {
			return nil, err
		}
		open[task] = tier
	}
	return open, rows.Err()
}

// SetSetting stores one setting of a user.
func (s *Store) SetSetting(ctx context.Context, user int64, key, value string) error {
	const query = `
		INSERT INTO settings (user_id, key, value)
		VALUES (?, ?, ?)
		ON CONFLICT (user_id, key) DO UPDATE
		SET value = excluded.value`
	if _, err := s.db.ExecContext(ctx, query, user, key, value); err != nil {
		return fmt.Errorf("setting %q of user %d: %w", key, user, err)
	}
	return nil
}

// Setting returns one setting of a user, or ErrNotFound.
func (s *Store) Setting(ctx context.Context, user int64, key string) (string, error) {
	const query = `
		SELECT value
		FROM settings
		WHERE user_id = ? AND key = ?`
	var value string
	err := s.db.QueryRowContext(ctx, query, user, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("setting %q of user %d: %w", key, user, ErrNotFound)
	}
	return value, err
}
