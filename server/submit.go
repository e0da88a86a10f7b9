package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/server/store"
)

// maxWaiting is how many attempts of one student may wait to be graded.
const maxWaiting = 8

// postSubmit stores an attempt and has it graded. When it has answered, the
// attempt cannot be lost any more.
func (s *Server) postSubmit(c echo.Context) error {
	lab, files, err := s.readProgram(c)
	if err != nil {
		return err
	}
	ctx, user := c.Request().Context(), s.user(c)
	if err := s.missing(ctx); err != nil {
		return err
	}
	waiting, err := s.opts.Store.Waiting(ctx, user)
	if err != nil {
		return err
	}
	if waiting >= maxWaiting {
		return fmt.Errorf("%d attempts of user %d wait: %w", waiting, user, errBusy)
	}
	b := s.benches.of(user, lab)
	if b.backend() == grader.Containers {
		offer := s.offer(ctx, lab)
		if offer.Lack == nil && offer.Pull { // nobody waits for a download here
			offer.Lack = &grader.Lack{Code: grader.LackImage, Broker: offer.Brokers[0].Broker, Image: offer.Brokers[0].Image}
		}
		if offer.Lack != nil {
			return &lackError{lack: offer.Lack}
		}
	}
	if files, err = s.withAnswers(ctx, user, lab, files); err != nil {
		return err
	}
	seed := seedOf(user, lab.ID)
	variant, err := json.Marshal(lab.Variant(seed))
	if err != nil {
		return err
	}
	id, err := s.opts.Store.AddAttempt(ctx, store.Submission{
		User: user, Lab: lab.ID, LabHash: lab.Hash, Seed: seed, Variant: variant, Backend: b.backend(), Files: stored(files),
	})
	if err != nil {
		return err
	}
	if b.status() != "running" {
		b.ring.begin() // a page that is opened from now on hears of this attempt, not of the run before it
	}
	s.marking.wakeUp()
	return c.JSON(http.StatusAccepted, map[string]int64{"attempt": id})
}

// getAttempt is an attempt and, once it is graded, its verdict in the reader's
// language. The verdict is made from the stored evidence each time.
func (s *Server) getAttempt(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return fmt.Errorf("attempt %q: %w", c.Param("id"), store.ErrNotFound)
	}
	a, err := s.opts.Store.Attempt(c.Request().Context(), s.user(c), id)
	if err != nil {
		return err
	}
	lang := s.lang(c)
	body := struct {
		ID      int64        `json:"id"`
		Lab     string       `json:"lab"`
		At      time.Time    `json:"at"`
		Status  store.Status `json:"status"`
		Score   int          `json:"score"`
		Of      int          `json:"of"`
		Passed  bool         `json:"passed"`
		Files   []store.File `json:"files"`
		Verdict any          `json:"verdict,omitempty"`
		Message string       `json:"message,omitempty"`
	}{ID: a.ID, Lab: a.Lab, At: a.ReceivedAt, Status: a.Status, Score: a.Score, Of: a.Points, Passed: a.Passed, Files: a.Files}
	switch a.Status {
	case store.Fault:
		say := "attempt.fault"
		if a.Backend == grader.Containers {
			say = "attempt.fault_real"
		}
		body.Message = s.pages.words[lang].text(say)
	case store.Graded:
		lab, ok := s.content.Load().labs.Lab(a.Lab)
		if !ok {
			return fmt.Errorf("lab %q of attempt %d: %w", a.Lab, id, errNoLab)
		}
		if body.Verdict, err = s.opts.Grader.Render(lab, a.Evidence, lang); err != nil {
			return fmt.Errorf("render attempt %d: %w", id, err)
		}
	}
	return c.JSON(http.StatusOK, body)
}
