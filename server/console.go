package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// sessionFile is what the lines of a lab's terminals are kept in, in place of a program.
const sessionFile = "session.txt"

var errNoTerminal = errors.New("no such terminal")

// terminal is the lab that a terminal of a lesson opens.
func (s *Server) terminal(c echo.Context, id string) (*labs.Lab, error) {
	page, err := s.course().Page(s.lang(c), c.Param("chapter"), c.Param("page"))
	if err != nil {
		return nil, err
	}
	t, ok := page.Terminal(id)
	if !ok {
		return nil, fmt.Errorf("terminal %q on page %q: %w", id, page.ID, errNoTerminal)
	}
	return t.Lab(page.ID), nil
}

// postConsole does what somebody did at a terminal of a lab: a line, an interruption, a
// question how a line may go on. What comes of it is on the stream; only a question is
// answered here.
func (s *Server) postConsole(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	var in json.RawMessage
	if err := bind(c, &in); err != nil {
		return err
	}
	if !lab.Terminals() {
		return &badInput{what: fmt.Sprintf("lab %q has no console", lab.ID)}
	}
	b := s.benches.of(s.user(c), lab)
	ctx, cancel := context.WithTimeout(c.Request().Context(), answerTime)
	defer cancel()
	session, err := b.use(ctx)
	if err != nil {
		return err
	}
	answer, err := session.Console(ctx, in, b.ring.publish)
	var wrong *grader.ConsoleError
	switch {
	case errors.As(err, &wrong):
		if wrong.Long {
			return &badInput{what: wrong.Error(), say: "long", args: []any{grader.MaxLine}}
		}
		return &badInput{what: wrong.Error()}
	case err != nil:
		return b.fault(session, fmt.Errorf("console of lab %q: %w", lab.ID, err))
	case answer == nil:
		return c.NoContent(http.StatusNoContent)
	}
	return c.JSON(http.StatusOK, answer)
}
