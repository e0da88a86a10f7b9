package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// maxScenes is how many scenes are kept as they were played. When there are more, all
// are forgotten: each can be played again in some milliseconds.
const maxScenes = 256

var errNoPlay = errors.New("no such scene")

// scenes keeps what came of scenes, by what they are made of.
type scenes struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]grader.Played
}

// played plays a scene, unless it has been played before.
func (s *Server) played(ctx context.Context, scene labs.Scene) (grader.Played, error) {
	raw, err := json.Marshal(scene)
	if err != nil {
		return grader.Played{}, fmt.Errorf("scene: %w", err) // cannot be: it came from YAML
	}
	key := sha256.Sum256(raw)
	s.scenes.mu.Lock()
	p, ok := s.scenes.kept[key]
	s.scenes.mu.Unlock()
	if ok {
		return p, nil
	}
	if p, err = s.opts.Grader.Play(ctx, scene); err != nil {
		return p, err
	}
	s.scenes.mu.Lock()
	defer s.scenes.mu.Unlock()
	if s.scenes.kept == nil || len(s.scenes.kept) >= maxScenes {
		s.scenes.kept = make(map[[sha256.Size]byte]grader.Played)
	}
	s.scenes.kept[key] = p
	return p, nil
}

// notNow says why an action cannot be taken as things stand. That is an answer and no
// error: the reader has found something out.
func (w *words) notNow(why *grader.SceneError) string {
	code := cmp.Or(why.Code, "other")
	return w.text("play.not_now") + " " + w.text("play."+code, why.Who)
}

// badPress says why presses cannot be played.
func badPress(err error) error {
	bad := &badInput{what: err.Error()}
	var press *labs.PressError
	if errors.As(err, &press) && press.Code != "" {
		bad.say, bad.args = press.Code, []any{labs.MaxTyped}
	}
	return bad
}

// getPlay is the recording of a scene as it opens.
func (s *Server) getPlay(c echo.Context) error { return s.answerPlay(c, nil) }

// postPlay is the recording of a scene with what a reader did, from its beginning.
func (s *Server) postPlay(c echo.Context) error {
	var body struct {
		Actions []labs.Press `json:"actions"`
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	return s.answerPlay(c, body.Actions)
}

// A recordingWithChart is what a scene with a chart is answered with: the chart is
// HTML, as in the page.
type recordingWithChart struct {
	*grader.Recording
	Chart string `json:"chart,omitempty"`
}

// lagOf is what the chart of a scene shows; nil when it has none.
func lagOf(played grader.Played, p *labs.Play) *labs.Lag {
	if p.Chart == nil {
		return nil
	}
	lag := played.LagOf(p.Chart.Lag, p.Chart.Service)
	return &lag
}

// answerPlay plays the scene that a request names.
func (s *Server) answerPlay(c echo.Context, presses []labs.Press) error {
	page, err := s.course().Page(s.lang(c), c.Param("chapter"), c.Param("page"))
	if err != nil {
		return err
	}
	if q, ok := page.Prediction(c.Param("play")); ok && len(presses) == 0 {
		return s.answerPrediction(c, page, q)
	}
	play, ok := page.Play(c.Param("play"))
	if !ok {
		return fmt.Errorf("scene %q on page %q: %w", c.Param("play"), page.ID, errNoPlay)
	}
	scene, err := play.Scene(presses)
	if err != nil {
		return badPress(err)
	}
	played, err := s.played(c.Request().Context(), scene)
	var wrong *grader.SceneError
	if errors.As(err, &wrong) && len(presses) > 0 {
		s.log.Debug("a scene does not go on", "page", page.ID, "scene", c.Param("play"), "err", err)
		return c.JSON(http.StatusOK, map[string]string{"notNow": s.pages.words[page.Lang].notNow(wrong)})
	}
	if err != nil {
		return playFault(err)
	}
	rec := recordingWithChart{Recording: played.Recording(play.Caption, play.Noun, page.Lang)}
	if play.Chart != nil {
		rec.Chart = page.Chart(play, lagOf(played, play.Play))
	}
	if n := len(presses); n > 0 {
		before, err := play.Scene(presses[:n-1])
		if err != nil {
			return badPress(err)
		}
		rec.At = played.Until(len(before.Steps))
	}
	return c.JSON(http.StatusOK, rec)
}

// answerPrediction is the recording of a prediction: up to its question, and to its
// end only for those who have answered.
func (s *Server) answerPrediction(c echo.Context, page *course.Page, q *course.Question) error {
	ctx := c.Request().Context()
	answers, err := s.answered(ctx, s.user(c), "", page.Questions)
	if err != nil {
		return err
	}
	return s.sendPrediction(c, q, answers[q.ID], page.Lang)
}

// sendPrediction sends the recording of a prediction that is answered, or not.
func (s *Server) sendPrediction(c echo.Context, q *course.Question, a course.Answered, lang string) error {
	over := a.Result != nil
	if !over && q.Predict.Play.Chart != nil {
		return fmt.Errorf("scene %q is closed until its question is answered: %w", q.ID, errNoPlay)
	}
	played, err := s.played(c.Request().Context(), q.Predict.Scene(over))
	if err != nil {
		return playFault(err)
	}
	rec := played.Recording(q.Predict.Play.Caption, q.Predict.Play.Noun, lang)
	if over {
		rec.At, rec.Proof = played.Until(len(q.Predict.Play.Steps)), played.Proof(q.Predict)
		rec.Mine = played.Of(q.Predict, a.Answer.Options)
	}
	return c.JSON(http.StatusOK, rec)
}

// playFault marks an error of the host as one.
func playFault(err error) error {
	var ours *grader.Fault
	if errors.As(err, &ours) {
		return errors.Join(errHost, err)
	}
	return err
}
