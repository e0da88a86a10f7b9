package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/labs"
)

const (
	// maxBody is the largest JSON body, in bytes: a program of maxSource with room for its escapes.
	maxBody = 128 << 10
	// maxSource is the largest program, in bytes of all its files.
	maxSource = 64 << 10
	// maxFiles is the largest number of files in a program.
	maxFiles = 16
)

// fileName is a file of package main in the editor, or of a configuration: no folders, no tests of
// the go tool's own naming, nothing that a file system could read otherwise.
var fileName = regexp.MustCompile(`^([a-z][a-z0-9_]{0,40}\.go|[a-z][a-z0-9_-]{0,40}\.(json|ya?ml|xml|properties))$`)

// A badInput is something wrong in a request, said so that it can be mended.
type badInput struct {
	what string // for the log and for whoever wrote the client
	say  string // key of the words, after "input.", of what a visitor may have typed; "" for what only a wrong client sends
	args []any  // of the words
}

func (e *badInput) Error() string { return e.what }

// bind reads the JSON body of a request into v, strictly.
func bind(c echo.Context, v any) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fmt.Errorf("content type %q: %w", c.Request().Header.Get("Content-Type"), errNotJSON)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return fmt.Errorf("body of more than %d bytes: %w", maxBody, errTooLong)
	}
	if err != nil {
		return &badInput{what: "the body could not be read: " + err.Error()}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return &badInput{what: explainJSON(body, err)}
	}
	if d.More() {
		line, column := position(body, d.InputOffset())
		return &badInput{what: fmt.Sprintf("line %d, column %d: more after the end of the JSON value", line, column)}
	}
	return nil
}

// explainJSON says what is wrong in a JSON body, and where.
func explainJSON(body []byte, err error) string {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(body, syntax.Offset)
		return fmt.Sprintf("line %d, column %d: %s", line, column, syntax)
	case errors.As(err, &mismatch):
		line, column := position(body, mismatch.Offset)
		return fmt.Sprintf("line %d, column %d: %q is a %s, want %s", line, column, mismatch.Field, mismatch.Value, mismatch.Type)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		line, column := position(body, int64(len(body)))
		return fmt.Sprintf("line %d, column %d: the JSON ends too early", line, column)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// position turns an offset into a line and a column in characters, from 1.
func position(body []byte, offset int64) (line, column int) {
	before := body[:min(max(offset, 0), int64(len(body)))]
	line = bytes.Count(before, []byte{'\n'}) + 1
	column = utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return line, max(column, 1)
}

// checkFiles says what is wrong with a program before anything is done with it.
func checkFiles(files []labs.File) error {
	if len(files) == 0 || len(files) > maxFiles {
		return &badInput{what: fmt.Sprintf("found %d files, want 1 to %d", len(files), maxFiles)}
	}
	size, seen := 0, map[string]bool{}
	for _, f := range files {
		switch {
		case !fileName.MatchString(f.Name) && f.Name != sessionFile:
			return &badInput{what: fmt.Sprintf("file name %q, want lower-case letters, digits and _, ending in .go", f.Name)}
		case seen[f.Name]:
			return &badInput{what: fmt.Sprintf("file %q is there twice", f.Name)}
		case strings.ContainsRune(f.Text, 0):
			return &badInput{what: fmt.Sprintf("file %q has a zero byte", f.Name), say: "zero_byte", args: []any{f.Name}}
		}
		seen[f.Name] = true
		size += len(f.Text)
	}
	if size > maxSource {
		return fmt.Errorf("program of %d bytes: %w", size, errTooLong)
	}
	return nil
}

// observe is the outermost layer: it names each request and logs it once, with
// the whole chain of what went wrong.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, id := time.Now(), newNonce()
		c.Response().Header().Set("X-Request-Id", id)
		err := next(c)
		if err != nil {
			c.Error(err) // answers, by the table of errors
		}
		level := slog.LevelDebug
		status := c.Response().Status
		switch {
		case status >= http.StatusInternalServerError:
			level = slog.LevelError
		case status >= http.StatusBadRequest:
			level = slog.LevelInfo
		}
		attrs := []slog.Attr{
			slog.String("id", id), slog.String("method", c.Request().Method), slog.String("path", c.Request().URL.Path),
			slog.Int("status", status), slog.Int64("bytes", c.Response().Size), slog.Duration("took", time.Since(began)),
		}
		if err != nil {
			attrs = append(attrs, slog.String("err", err.Error()))
		}
		s.log.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}

// recoverPanics turns a panic of a handler into an error that is ours.
func recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if abort, ok := r.(error); ok && errors.Is(abort, http.ErrAbortHandler) {
				panic(r)
			}
			if r != nil {
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

func isStream(path string) bool {
	ofLab := strings.HasPrefix(path, "/api/labs/") || strings.HasPrefix(path, "/api/consoles/")
	return path == "/api/reload" || ofLab && strings.HasSuffix(path, "/stream")
}

func isStatic(path string) bool { return strings.HasPrefix(path, "/static/") }

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }
