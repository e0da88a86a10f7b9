package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/server/store"
)

// Errors of the server's own.
var (
	errNoPage         = errors.New("no such page")
	errNoLab          = errors.New("no such lab")
	errForeignHost    = errors.New("the Host header is not ours")
	errForeignOrigin  = errors.New("the request comes from another site")
	errNotJSON        = errors.New("the body is not JSON")
	errTooLong        = errors.New("too long")
	errStale          = errors.New("the draft has changed meanwhile")
	errSuperseded     = errors.New("a newer request took its place")
	errHost           = errors.New("the lab host failed")
	errStopping       = errors.New("the server is stopping")
	errManyPages      = errors.New("too many pages watch this lab")
	errOnlyMiniatures = errors.New("real brokers are not offered here")
	errBusy           = errors.New("too many attempts wait to be graded")
)

// A notReady is something that this installation lacks.
type notReady struct {
	check string // its name: what a visitor can do about it is the words "missing." and this
	what  string // for the log and for /readyz
}

func (e *notReady) Error() string { return e.what }

// answers says what a visitor is told about each error: the status, and the key
// of the words. An error that is not here is ours: the visitor gets 500, and
// the log gets the whole chain.
var answers = []struct {
	err    error
	status int
	code   string
}{
	{errSuperseded, http.StatusConflict, "superseded"}, // before the errors of contexts: it is one of those as well
	{errStale, http.StatusConflict, "stale_draft"},
	{errNoPage, http.StatusNotFound, "no_page"},
	{course.ErrNoPage, http.StatusNotFound, "no_page"},
	{errNoLab, http.StatusNotFound, "no_lab"},
	{errNoPlay, http.StatusNotFound, "no_play"},
	{errNoTerminal, http.StatusNotFound, "no_terminal"},
	{errNoQuiz, http.StatusNotFound, "no_quiz"},
	{grader.ErrNoAnswer, http.StatusUnprocessableEntity, "quiz_empty"},
	{grader.ErrNotNumber, http.StatusUnprocessableEntity, "quiz_number"},
	{grader.ErrNoOption, http.StatusUnprocessableEntity, "quiz_option"},
	{grader.ErrOneOption, http.StatusUnprocessableEntity, "quiz_single"},
	{grader.ErrOtherKind, http.StatusUnprocessableEntity, "quiz_kind"},
	{store.ErrTooOften, http.StatusTooManyRequests, "quiz_often"},
	{errAnswerLong, http.StatusRequestEntityTooLarge, "quiz_long"},
	{errNotForm, http.StatusUnsupportedMediaType, "not_form"},
	{store.ErrNotFound, http.StatusNotFound, "not_found"},
	{grader.ErrNoRecording, http.StatusNotFound, "no_recording"},
	{grader.ErrNoFrame, http.StatusNotFound, "no_frame"},
	{errForeignHost, http.StatusMisdirectedRequest, "foreign_host"},
	{errForeignOrigin, http.StatusForbidden, "foreign_origin"},
	{errNotJSON, http.StatusUnsupportedMediaType, "not_json"},
	{errTooLong, http.StatusRequestEntityTooLarge, "too_long"},
	{errOnlyMiniatures, http.StatusForbidden, "only_miniatures"},
	{errBusy, http.StatusTooManyRequests, "busy"},
	{errManyPages, http.StatusTooManyRequests, "many_pages"},
	{errStopping, http.StatusServiceUnavailable, "stopping"},
	{grader.ErrOneLab, http.StatusConflict, "one_lab"}, // before errHost: it comes as one of those as well
	{errHost, http.StatusBadGateway, "host"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "timeout"},
	{context.Canceled, 499, "gone"}, // the page went before the answer came
}

// An answer is what a visitor is told about one error.
type answer struct {
	status int
	code   string // key of the words is "error." and this
	say    string // key of the words that are said in place of them, if there are such
	args   []any  // of these words
	detail string // what is wrong with the request, for whoever wrote the client
	lack   *grader.Lack
}

// answerFor looks an error up.
func answerFor(err error) answer {
	var bad *badInput
	if errors.As(err, &bad) {
		if bad.say != "" {
			return answer{status: http.StatusBadRequest, code: "bad_input", say: "input." + bad.say, args: bad.args}
		}
		return answer{status: http.StatusBadRequest, code: "bad_input", detail: bad.what}
	}
	var missing *notReady
	if errors.As(err, &missing) {
		return answer{status: http.StatusServiceUnavailable, code: "not_ready", say: "missing." + missing.check}
	}
	var lack *lackError
	if errors.As(err, &lack) {
		return answer{status: http.StatusServiceUnavailable, code: "no_real", lack: lack.lack}
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return answer{status: a.status, code: a.code}
		}
	}
	var route *echo.HTTPError
	if errors.As(err, &route) {
		switch route.Code {
		case http.StatusNotFound:
			return answer{status: route.Code, code: "no_page"}
		case http.StatusMethodNotAllowed:
			return answer{status: route.Code, code: "method"}
		}
	}
	return answer{status: http.StatusInternalServerError, code: "ours"}
}

// answerError tells a visitor what went wrong: a page to people, JSON to scripts.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	a := answerFor(err)
	lang := s.lang(c)
	key := "error." + a.code
	if _, known := s.pages.words[lang].texts[a.say]; known {
		key = a.say
	}
	message := s.pages.words[lang].text(key, a.args...)
	if a.lack != nil {
		message = s.pages.words[lang].lackWords(a.lack) + " " + message
	}
	if a.detail != "" {
		message += " " + a.detail
	}
	var failed error
	switch {
	case c.Request().Method == http.MethodHead:
		failed = c.NoContent(a.status)
	case isAPI(c.Request().URL.Path):
		failed = c.JSON(a.status, s.errorBody(err, a.code, message))
	case a.code == "foreign_host":
		failed = c.String(a.status, message+"\n") // no links: they would lead to the foreign name
	default:
		failed = s.errorPage(c, a, message)
	}
	if failed != nil {
		s.log.Debug("the answer could not be sent", "err", failed)
	}
}

// errorBody is the JSON of an error. A stale draft comes with the current one.
func (s *Server) errorBody(err error, code, message string) any {
	body := map[string]any{"error": map[string]string{"code": code, "message": message}}
	var conflict *draftConflict
	if errors.As(err, &conflict) {
		body["files"], body["revision"], body["at"] = conflict.current.Files, conflict.current.Revision, conflict.current.At
	}
	return body
}
