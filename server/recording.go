package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/server/store"
)

// getRecording is the whole journal of one run of an attempt, with what is known
// about it, in the reader's language.
func (s *Server) getRecording(c echo.Context) error {
	rec, err := s.recording(c, "id")
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, rec)
}

// recording finds the run that a request names: the attempt by the parameter with
// this name, and its schedule, which may be left out for the one that the verdict is
// about. Another student's attempt is not found, nor is one that is not graded yet.
func (s *Server) recording(c echo.Context, param string) (*grader.Recording, error) {
	id, err := strconv.ParseInt(c.Param(param), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("attempt %q: %w", c.Param(param), store.ErrNotFound)
	}
	a, err := s.opts.Store.Attempt(c.Request().Context(), s.user(c), id)
	if err != nil {
		return nil, err
	}
	if a.Status != store.Graded {
		return nil, fmt.Errorf("attempt %d is %s: %w", id, a.Status, grader.ErrNoRecording)
	}
	lab, ok := s.content.Load().labs.Lab(a.Lab)
	if !ok {
		return nil, fmt.Errorf("lab %q of attempt %d: %w", a.Lab, id, errNoLab)
	}
	rec, err := s.opts.Grader.Recording(lab, a.Evidence, c.Param("schedule"), s.lang(c))
	if err != nil {
		return nil, fmt.Errorf("attempt %d: %w", id, err)
	}
	rec.Attempt = id
	for _, f := range a.Files {
		rec.Files = append(rec.Files, labs.File{Name: f.Name, Text: f.Text})
	}
	return rec, nil
}

// getFrame is what was on the wire when an event of a live lab happened.
func (s *Server) getFrame(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return &badInput{what: fmt.Sprintf("frame %q, want a number", c.Param("id"))}
	}
	session := s.benches.of(s.user(c), lab).live()
	if session == nil {
		return fmt.Errorf("lab %q is not open: %w", lab.ID, grader.ErrNoFrame)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerTime)
	defer cancel()
	frame, err := session.Frame(ctx, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, frame)
}

// Recording says a run of stored evidence in a language.
func (g grading) Recording(lab *labs.Lab, evidence json.RawMessage, schedule, lang string) (*grader.Recording, error) {
	var ev grader.Evidence
	if err := json.Unmarshal(evidence, &ev); err != nil {
		return nil, fmt.Errorf("read evidence of lab %q: %w", lab.ID, err)
	}
	return grader.RecordingOf(lab, &ev, schedule, lang)
}

// Frame is what was on the wire.
func (s session) Frame(ctx context.Context, id uint64) (any, error) { return s.Session.Frame(ctx, id) }
