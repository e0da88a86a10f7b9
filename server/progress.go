package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/server/store"
)

// pageStates are what a page reports about itself, as the store keeps it.
var pageStates = map[string]store.PageState{"open": store.Half, "read": store.Done}

// maxTiers bounds what may be recorded about hints; no lab has as many.
const maxTiers = 100

// standing is how far a student is.
type standing struct {
	pages map[string]store.PageState
	labs  map[string]store.LabScore
	// quizzes are loaded where outlines say how many were answered.
	quizzes map[string]store.QuizScore
}

func (s *Server) standing(ctx context.Context, user int64) (standing, error) {
	pages, err := s.opts.Store.Pages(ctx, user)
	if err != nil {
		return standing{}, err
	}
	labs, err := s.opts.Store.Labs(ctx, user)
	if err != nil {
		return standing{}, err
	}
	return standing{pages: pages, labs: labs}, nil
}

// resume is where to go on, or nil when all there is has been done.
func (s *Server) resume(ctx context.Context, user int64, st standing, lang string) (*course.PageRef, error) {
	last, err := s.opts.Store.Last(ctx, user)
	if err != nil {
		return nil, err
	}
	return st.next(s.course().Refs(lang), last), nil
}

// state is "done", "half" or "" for one line of an outline.
func (st standing) state(ref course.PageRef) string {
	if ref.Kind == course.KindLab {
		score, begun := st.labs[ref.LabID]
		switch {
		case score.Passed:
			return "done"
		case begun:
			return "half"
		}
		return ""
	}
	return string(st.pages[ref.ID])
}

// next is where to go on: where the student was last, or, when that is done,
// the first line after it that is not. It is nil when all there is has been done.
func (st standing) next(refs []course.PageRef, last store.Place) *course.PageRef {
	at := 0
	for i, ref := range refs {
		isLast := ref.Kind == course.KindPage && ref.ID == last.Page || ref.Kind == course.KindLab && ref.LabID == last.Lab
		if isLast {
			at = i
		}
	}
	for i := range refs {
		ref := refs[(at+i)%len(refs)]
		if ref.Kind != course.KindPlanned && st.state(ref) != "done" {
			return &ref
		}
	}
	return nil
}

// answered counts the questions of a page that the student has got right.
func (st standing) answered(ref course.PageRef) int {
	n := 0
	for _, id := range ref.Quizzes {
		if score, ok := st.quizzes[id]; ok && score.Best == score.Of {
			n++
		}
	}
	return n
}

// began reports whether the student has opened anything at all.
func (st standing) began() bool { return len(st.pages) > 0 || len(st.labs) > 0 }

// getProgress is how far the student is, and where to go on.
func (s *Server) getProgress(c echo.Context) error {
	ctx, user := c.Request().Context(), s.user(c)
	st, err := s.standing(ctx, user)
	if err != nil {
		return err
	}
	ref, err := s.resume(ctx, user, st, s.lang(c))
	if err != nil {
		return err
	}
	type labLine struct {
		Best   int    `json:"best"`
		Of     int    `json:"of"`
		Status string `json:"status"`
	}
	lines := map[string]labLine{}
	for id, score := range st.labs {
		status := "begun"
		if score.Passed {
			status = "passed"
		}
		lines[id] = labLine{Best: score.Best, Of: score.Of, Status: status}
	}
	var next map[string]string
	if ref != nil {
		next = map[string]string{"href": ref.Href, "title": ref.Title}
	}
	quizzes, err := s.opts.Store.Quizzes(ctx, user)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"pages": st.pages, "labs": lines, "quizzes": quizzes, "continue": next})
}

// postProgress records that a page was opened or read.
func (s *Server) postProgress(c echo.Context) error {
	var body struct {
		Page  string `json:"page"`
		State string `json:"state"`
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	state, ok := pageStates[body.State]
	if !ok {
		return &badInput{what: fmt.Sprintf("state %q, want open or read", body.State)}
	}
	if _, ok := s.course().PageByID(s.lang(c), body.Page); !ok {
		return fmt.Errorf("progress on page %q: %w", body.Page, errNoPage)
	}
	if err := s.opts.Store.SetPage(c.Request().Context(), s.user(c), body.Page, state); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// postHint records that a tier of hints was opened. It costs no points.
func (s *Server) postHint(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	var body struct {
		Task int `json:"task"`
		Tier int `json:"tier"`
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	if body.Task < 1 || body.Tier < 1 || body.Task > maxTiers || body.Tier > maxTiers {
		return &badInput{what: fmt.Sprintf("task %d, tier %d: both count from 1", body.Task, body.Tier)}
	}
	if err := s.opts.Store.OpenHint(c.Request().Context(), s.user(c), lab.ID, body.Task, body.Tier); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
