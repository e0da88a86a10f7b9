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
	// maxAnswerRate is how many answers a user may give in a minute, to all
	// quizzes together: more than one can think about.
	maxAnswerRate = 40
	// keepAnswers is how many answers to one quiz are kept, and the best one.
	keepAnswers = 100
)

// ErrTooOften marks an answer that came too soon after too many others.
var ErrTooOften = errors.New("too many answers in a minute")

// A QuizAnswer is an answer to a quiz, graded.
type QuizAnswer struct {
	Quiz   string          // its id
	Hash   string          // of the question as it was answered
	Answer json.RawMessage // what was answered
	Points int
	Of     int
}

// A QuizRecord is the last answer of a user to a quiz.
type QuizRecord struct {
	QuizAnswer
	Tries int // answers to the question as it was then, this one included
}

// A QuizScore is the best that a user reached in a quiz.
type QuizScore struct {
	Best int `json:"best"`
	Of   int `json:"of"`
}

// AddQuizAnswer keeps an answer. The same answer twice in a row is one answer:
// a reload of the page or a second click sends it again.
func (s *Store) AddQuizAnswer(ctx context.Context, user int64, a QuizAnswer) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		same, err := isLastAnswer(ctx, tx, user, a)
		if err != nil || same {
			return err
		}
		if err := s.rateAnswers(ctx, tx, user); err != nil {
			return err
		}
		const insert = `
			INSERT INTO quiz_answers (user_id, quiz_id, quiz_hash, answer, points, total, at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`
		if _, err := tx.ExecContext(ctx, insert, user, a.Quiz, a.Hash, string(a.Answer), a.Points, a.Of, millis(s.now())); err != nil {
			return err
		}
		const prune = `
			DELETE FROM quiz_answers
			WHERE user_id = ?1 AND quiz_id = ?2
			AND id NOT IN (SELECT id FROM quiz_answers WHERE user_id = ?1 AND quiz_id = ?2 ORDER BY id DESC LIMIT ?3)
			AND id <> (SELECT id FROM quiz_answers WHERE user_id = ?1 AND quiz_id = ?2 ORDER BY 1.0 * points / total DESC, id LIMIT 1)`
		_, err = tx.ExecContext(ctx, prune, user, a.Quiz, keepAnswers)
		return err
	})
	if err != nil {
		return fmt.Errorf("answer of user %d to quiz %q: %w", user, a.Quiz, err)
	}
	return nil
}

// isLastAnswer reports whether an answer is the one that the user gave last.
func isLastAnswer(ctx context.Context, tx *sql.Tx, user int64, a QuizAnswer) (bool, error) {
	const query = `
		SELECT quiz_hash, answer
		FROM quiz_answers
		WHERE user_id = ? AND quiz_id = ?
		ORDER BY id DESC
		LIMIT 1`
	var hash, answer string
	err := tx.QueryRowContext(ctx, query, user, a.Quiz).Scan(&hash, &answer)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return hash == a.Hash && answer == string(a.Answer), err
}

// rateAnswers returns ErrTooOften when the user has answered too much of late.
func (s *Store) rateAnswers(ctx context.Context, tx *sql.Tx, user int64) error {
	const query = `
		SELECT at
		FROM quiz_answers
		WHERE user_id = ?
		ORDER BY id DESC
		LIMIT 1 OFFSET ?`
	var at int64
	err := tx.QueryRowContext(ctx, query, user, maxAnswerRate-1).Scan(&at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case at > millis(s.now().Add(-time.Minute)):
		return ErrTooOften
	}
	return nil
}

// LastQuizAnswer returns the id of the answer that a user gave last to any quiz,
// 0 when there is none. While it stays the same, so does all that QuizAnswers and
// Quizzes return.
func (s *Store) LastQuizAnswer(ctx context.Context, user int64) (int64, error) {
	const query = `
		SELECT id
		FROM quiz_answers
		WHERE user_id = ?
		ORDER BY id DESC
		LIMIT 1`
	var id int64
	err := s.db.QueryRowContext(ctx, query, user).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("last quiz answer of user %d: %w", user, err)
	}
	return id, nil
}

// QuizAnswers returns the last answer of a user to each of the quizzes that was
// answered, by the quiz's id.
func (s *Store) QuizAnswers(ctx context.Context, user int64, quizzes []string) (map[string]QuizRecord, error) {
	ids, err := json.Marshal(quizzes)
	if err != nil {
		return nil, err // cannot be: strings
	}
	const query = `
		SELECT quiz_id, quiz_hash, answer, points, total, tries
		FROM (
			SELECT *,
				COUNT(*) OVER (PARTITION BY quiz_id, quiz_hash) AS tries,
				ROW_NUMBER() OVER (PARTITION BY quiz_id ORDER BY id DESC) AS place
			FROM quiz_answers
			WHERE user_id = ? AND quiz_id IN (SELECT value FROM json_each(?)))
		WHERE place = 1`
	rows, err := s.db.QueryContext(ctx, query, user, string(ids))
	if err != nil {
		return nil, fmt.Errorf("quiz answers of user %d: %w", user, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	records := map[string]QuizRecord{}
	for rows.Next() {
		var r QuizRecord
		var answer string
		if err := rows.Scan(&r.Quiz, &r.Hash, &answer, &r.Points, &r.Of, &r.Tries); err != nil {
			return nil, err
		}
		r.Answer = json.RawMessage(answer)
		records[r.Quiz] = r
	}
	return records, rows.Err()
}

// Quizzes returns the best score of a user in each quiz that was answered, by
// the quiz's id, whatever the question said then.
func (s *Store) Quizzes(ctx context.Context, user int64) (map[string]QuizScore, error) {
	// SQLite takes the other columns from the row that holds the maximum.
	const query = `
		SELECT quiz_id, points, total, MAX(1.0 * points / total)
		FROM quiz_answers
		WHERE user_id = ?
		GROUP BY quiz_id`
	rows, err := s.db.QueryContext(ctx, query, user)
	if err != nil {
		return nil, fmt.Errorf("quiz scores of user %d: %w", user, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	scores := map[string]QuizScore{}
	for rows.Next() {
		var id string
		var score QuizScore
		var share float64
		if err := rows.Scan(&id, &score.Best, &score.Of, &share); err != nil {
			return nil, err
		}
		scores[id] = score
	}
	return scores, rows.Err()
}
