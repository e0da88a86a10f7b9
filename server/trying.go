package server

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/labs"
)

// postTry plays what a student's files of bindings do, as they are while they are
// written, and where keys go.
func (s *Server) postTry(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	if lab.Routing() == nil {
		return fmt.Errorf("lab %q has no bindings to try: %w", lab.ID, errNoPlay)
	}
	var body struct {
		program
		Keys []string `json:"keys"` // to publish, in this order
	}
	if err := bind(c, &body); err != nil {
		return err
	}
	if err := checkFiles(body.Files); err != nil {
		return err
	}
	if err := checkKeys(body.Keys); err != nil {
		return err
	}
	lang := s.lang(c)
	return s.answer(c, lab, "try", func(ctx context.Context) (any, error) {
		tried, err := s.opts.Grader.Try(ctx, lab, body.Files, body.Keys, lang)
		return tried, playFault(err)
	})
}

// checkKeys refuses routing keys that nobody could publish here.
func checkKeys(keys []string) error {
	if len(keys) > labs.MaxTried {
		return &badInput{what: fmt.Sprintf("found %d keys, want at most %d", len(keys), labs.MaxTried)}
	}
	for i, key := range keys {
		switch {
		case len(key) > labs.MaxTyped:
			return &badInput{what: fmt.Sprintf("key %d has %d bytes, want at most %d", i+1, len(key), labs.MaxTyped), say: "long", args: []any{labs.MaxTyped}}
		case !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return &badInput{what: fmt.Sprintf("key %d has a control character, want text", i+1), say: "control"}
		}
	}
	return nil
}
