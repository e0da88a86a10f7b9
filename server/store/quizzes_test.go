package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"
)

// quizAnswer is an answer with the right option numbered n.
func quizAnswer(quiz, hash string, n, points, of int) QuizAnswer {
	return QuizAnswer{Quiz: quiz, Hash: hash, Answer: json.RawMessage(fmt.Sprintf(`{"options":[%d]}`, n)), Points: points, Of: of}
}

func (s *Store) mustAnswer(t *testing.T, answers ...QuizAnswer) {
	t.Helper()
	for _, a := range answers {
		if err := s.AddQuizAnswer(t.Context(), LocalUser, a); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLastAnswerIsShownAndTheBestCounts(t *testing.T) {
	s := start(t)
	s.mustAnswer(t,
		quizAnswer("acks", "h1", 0, 1, 2), quizAnswer("acks", "h1", 1, 2, 2), quizAnswer("acks", "h1", 2, 0, 2),
		quizAnswer("prefetch", "h2", 0, 0, 1), quizAnswer("other", "h3", 0, 1, 1),
	)
	got, err := s.QuizAnswers(t.Context(), LocalUser, []string{"acks", "prefetch", "never"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]QuizRecord{
		"acks":     {QuizAnswer: quizAnswer("acks", "h1", 2, 0, 2), Tries: 3},
		"prefetch": {QuizAnswer: quizAnswer("prefetch", "h2", 0, 0, 1), Tries: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if last, err := s.LastQuizAnswer(t.Context(), LocalUser); err != nil || last != 5 {
		t.Errorf("the last answer is %d, %v", last, err)
	}
	if last, err := s.LastQuizAnswer(t.Context(), LocalUser+1); err != nil || last != 0 {
		t.Errorf("another user's last answer is %d, %v", last, err)
	}
	scores, err := s.Quizzes(t.Context(), LocalUser)
	if diff := cmp.Diff(map[string]QuizScore{"acks": {2, 2}, "prefetch": {0, 1}, "other": {1, 1}}, scores); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if none, err := s.Quizzes(t.Context(), LocalUser+1); err != nil || len(none) > 0 {
		t.Errorf("another user has %v, %v", none, err)
	}
}

// TestEditOfAQuestionChangesNoResult: the best is kept, and tries begin again.
func TestEditOfAQuestionChangesNoResult(t *testing.T) {
	s := start(t)
	s.mustAnswer(t, quizAnswer("acks", "old", 0, 2, 2), quizAnswer("acks", "new", 0, 1, 4))
	got, err := s.QuizAnswers(t.Context(), LocalUser, []string{"acks"})
	if r := got["acks"]; err != nil || r.Hash != "new" || r.Tries != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if scores, err := s.Quizzes(t.Context(), LocalUser); err != nil || scores["acks"] != (QuizScore{2, 2}) {
		t.Errorf("%v, %v", scores, err)
	}
}

func TestSameAnswerTwiceIsOne(t *testing.T) {
	s := start(t)
	one, two := quizAnswer("acks", "h", 1, 0, 1), quizAnswer("acks", "h", 2, 1, 1)
	s.mustAnswer(t, one, one, two, two, one)
	got, err := s.QuizAnswers(t.Context(), LocalUser, []string{"acks"})
	if r := got["acks"]; err != nil || r.Tries != 3 {
		t.Errorf("%d tries, %v; want 3", r.Tries, err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s := start(t)
	now := time.Unix(1_800_000_000, 0)
	s.now = func() time.Time { return now }
	s.mustAnswer(t, quizAnswer("acks", "h", 0, 1, 1))
	for i := 1; i < maxAnswerRate; i++ {
		s.mustAnswer(t, quizAnswer("acks", "h", i, 0, 1))
	}
	if err := s.AddQuizAnswer(t.Context(), LocalUser, quizAnswer("prefetch", "h", 0, 1, 1)); !errors.Is(err, ErrTooOften) {
		t.Errorf("answer %d in a minute: %v", maxAnswerRate+1, err)
	}
	if err := s.AddQuizAnswer(t.Context(), LocalUser, quizAnswer("acks", "h", maxAnswerRate-1, 0, 1)); err != nil {
		t.Errorf("a repeated answer is no new one, but: %v", err)
	}
	now = now.Add(time.Minute)
	for i := range 2 * keepAnswers {
		now = now.Add(2 * time.Second)
		s.mustAnswer(t, quizAnswer("acks", "h", i%7, 0, 1))
	}
	var rows int
	if err := s.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM quiz_answers`).Scan(&rows); err != nil || rows != keepAnswers+1 {
		t.Errorf("%d rows, %v; want the last %d and the best", rows, err, keepAnswers)
	}
	if scores, err := s.Quizzes(t.Context(), LocalUser); err != nil || scores["acks"] != (QuizScore{1, 1}) {
		t.Errorf("the best is gone: %v, %v", scores, err)
	}
}

// TestQuizzesComeToAnOldDatabase: a database of the first version keeps what it
// holds and takes answers; going back drops only the answers.
func TestQuizzesComeToAnOldDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, scripts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO page_progress VALUES (1, 'rabbitmq-acks', 'done', 0)`); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	s.mustAnswer(t, quizAnswer("acks", "h", 0, 1, 1))
	if _, err := provider.DownTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if pages, err := s.Pages(t.Context(), LocalUser); err != nil || pages["rabbitmq-acks"] != Done {
		t.Errorf("progress after going back: %v, %v", pages, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
