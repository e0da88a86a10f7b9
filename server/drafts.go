package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// shownAttempts is how many of the newest attempts the page of a lab gets.
const shownAttempts = 50

// A draftConflict is a save that was based on a revision which is not the
// current one. The answer carries the current one; nothing was overwritten.
type draftConflict struct {
	current draftAnswer
	err     error
}

func (e *draftConflict) Error() string { return e.err.Error() }
func (e *draftConflict) Unwrap() error { return errStale }

type draftAnswer struct {
	Files    []labs.File `json:"files"`
	Revision int64       `json:"revision"`
	At       *time.Time  `json:"at"` // null before the first save
	Snapshot int64       `json:"snapshot,omitempty"`
}

type attemptLine struct {
	ID     int64        `json:"id"`
	At     time.Time    `json:"at"`
	Status store.Status `json:"status"`
	Score  int          `json:"score"`
	Of     int          `json:"of"`
	Passed bool         `json:"passed"`
}

// draft is a student's program in a lab: what was saved, else the starter.
func (s *Server) draft(ctx context.Context, user int64, lab *labs.Lab) (draftAnswer, error) {
	d, err := s.opts.Store.Draft(ctx, user, lab.ID)
	if errors.Is(err, store.ErrNotFound) {
		return draftAnswer{Files: lab.Complete(lab.Starter())}, nil
	}
	if err != nil {
		return draftAnswer{}, err
	}
	return answerDraft(lab, d), nil
}

// answerDraft is a stored draft with the lab's read-only files, as they are now. One that
// has none of the lab's files was written when the lab was another, and is left aside.
func answerDraft(lab *labs.Lab, d store.Draft) draftAnswer {
	files := make([]labs.File, 0, len(d.Files))
	for _, f := range d.Files {
		if f.Name != labs.AnswersFile { // answers are kept by themselves
			files = append(files, labs.File{Name: f.Name, Text: f.Text})
		}
	}
	known := func(f labs.File) bool {
		return slices.ContainsFunc(lab.Starter(), func(own labs.File) bool { return own.Name == f.Name })
	}
	if len(files) > 0 && !slices.ContainsFunc(files, known) {
		files = lab.Starter()
	}
	return draftAnswer{Files: lab.Complete(files), Revision: d.Revision, At: &d.SavedAt}
}

// stored is what of a program is kept: not the files that are the lab's own.
func stored(files []labs.File) []store.File {
	list := make([]store.File, 0, len(files))
	for _, f := range files {
		if !f.ReadOnly {
			list = append(list, store.File{Name: f.Name, Text: f.Text})
		}
	}
	return list
}

// getLab is everything that the page of a lab needs to begin.
func (s *Server) getLab(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	ctx, user, lang := c.Request().Context(), s.user(c), s.lang(c)
	draft, err := s.draft(ctx, user, lab)
	if err != nil {
		return err
	}
	snapshots, err := s.opts.Store.Snapshots(ctx, user, lab.ID)
	if err != nil {
		return err
	}
	hints, err := s.opts.Store.OpenHints(ctx, user, lab.ID)
	if err != nil {
		return err
	}
	attempts, err := s.attemptLines(ctx, user, lab)
	if err != nil {
		return err
	}
	var last *attemptLine
	if len(attempts) > 0 {
		last = &attempts[0]
	}
	return c.JSON(http.StatusOK, map[string]any{
		"lab": map[string]any{
			"id": lab.ID, "title": lab.Title[lang], "points": lab.Points, "minutes": lab.Minutes,
			"difficulty": lab.Difficulty, "tasks": taskLines(lab, lang), "faults": lab.Faults(), "program": lab.Program(),
			"apply": applies(lab), "tries": lab.Routing() != nil, "room": lab.Room(),
		},
		"files": draft.Files, "revision": draft.Revision, "saved": draft.At,
		"snapshots": snapshots, "hints": hints, "attempts": attempts, "lastAttempt": last,
		"open": map[string]string{"status": s.benches.of(user, lab).status()},
	})
}

// applies says to what the files of a lab are applied; "" for a lab with a program.
func applies(lab *labs.Lab) string {
	if c := lab.Config(); c != nil {
		return c.Apply
	}
	return ""
}

type taskLine struct {
	N     int    `json:"n"`
	Title string `json:"title"`
}

func taskLines(lab *labs.Lab, lang string) []taskLine {
	var lines []taskLine
	for _, task := range lab.Text(lang).Tasks {
		lines = append(lines, taskLine{N: task.N, Title: task.Title})
	}
	return lines
}

func (s *Server) attemptLines(ctx context.Context, user int64, lab *labs.Lab) ([]attemptLine, error) {
	attempts, err := s.opts.Store.Attempts(ctx, user, lab.ID, shownAttempts)
	if err != nil {
		return nil, err
	}
	lines := make([]attemptLine, 0, len(attempts))
	for _, a := range attempts {
		lines = append(lines, attemptLine{ID: a.ID, At: a.ReceivedAt, Status: a.Status, Score: a.Score, Of: a.Points, Passed: a.Passed})
	}
	return lines, nil
}

// putDraft saves what is in the editor.
func (s *Server) putDraft(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	var body struct {
		program
		Base int64 `json:"base"`
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	if err := checkFiles(body.Files); err != nil {
		return err
	}
	files := stored(lab.Complete(body.Files))
	d, err := s.opts.Store.SaveDraft(c.Request().Context(), s.user(c), lab.ID, body.Base, files)
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		return &draftConflict{current: answerDraft(lab, conflict.Current), err: err}
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"revision": d.Revision, "at": d.SavedAt})
}

// getRevisions lists the saves that can be restored.
func (s *Server) getRevisions(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	revisions, err := s.opts.Store.Revisions(ctx, s.user(c), lab.ID)
	if err != nil {
		return err
	}
	snapshots, err := s.opts.Store.Snapshots(ctx, s.user(c), lab.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"revisions": revisions, "snapshots": snapshots})
}

// postRestore brings back a snapshot by its id, or a revision by its number.
func (s *Server) postRestore(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	var body struct {
		ID       int64 `json:"id"`
		Revision int64 `json:"revision"`
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	if (body.ID > 0) == (body.Revision > 0) {
		return &badInput{what: fmt.Sprintf("id %d and revision %d, want exactly one of the two", body.ID, body.Revision)}
	}
	ctx, user := c.Request().Context(), s.user(c)
	var d store.Draft
	if body.ID > 0 {
		d, err = s.opts.Store.RestoreSnapshot(ctx, user, lab.ID, body.ID)
	} else {
		d, err = s.opts.Store.RestoreRevision(ctx, user, lab.ID, body.Revision)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answerDraft(lab, d))
}

// postReset puts the starter back and keeps what was there as a snapshot.
func (s *Server) postReset(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	d, snapshot, err := s.opts.Store.ResetDraft(c.Request().Context(), s.user(c), lab.ID, stored(lab.Starter()))
	if err != nil {
		return err
	}
	answer := answerDraft(lab, d)
	answer.Snapshot = snapshot
	return c.JSON(http.StatusOK, answer)
}
