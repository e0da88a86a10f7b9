package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/static"
)

// A replayView is the page of one run of an attempt.
type replayView struct {
	view
	Rec     *grader.Recording
	Runs    []runLink
	Back    link // the lab
	Export  string
	Strings template.JS
}

// A runLink leads to one run of the attempt.
type runLink struct {
	link
	Here bool
}

// getReplay is the page of one run of an attempt: the player, with the source
// beside it. The script fetches the journal by itself.
func (s *Server) getReplay(c echo.Context) error {
	rec, err := s.recording(c, "attempt")
	if err != nil {
		return err
	}
	lang := s.lang(c)
	at := func(schedule string) string {
		return fmt.Sprintf("/replays/%d/%s", rec.Attempt, url.PathEscape(schedule))
	}
	v := replayView{view: s.view(c, at(rec.Schedule)), Rec: rec, Export: "/" + lang + at(rec.Schedule) + "/export"}
	v.Title = rec.Title
	if v.Strings, err = stringsOf(lang, rec.Names); err != nil {
		return err
	}
	if lab, ok := s.content.Load().labs.Lab(rec.Lab); ok {
		v.Back = link{Href: "/" + lang + "/labs/" + rec.Lab, Text: lab.Text(lang).Title}
	}
	for _, run := range rec.Runs {
		text := run.Title
		if run.Failed {
			text = "✕ " + text
		}
		v.Runs = append(v.Runs, runLink{link{"/" + lang + at(run.Schedule), text}, run.Schedule == rec.Schedule})
	}
	keepLang(c, lang)
	return s.show(c, http.StatusOK, "replay", v)
}

// getReplayFile is one run of an attempt as a file that needs nothing else: no
// server, no network.
func (s *Server) getReplayFile(c echo.Context) error {
	rec, err := s.recording(c, "attempt")
	if err != nil {
		return err
	}
	page, err := s.pages.replayFile(rec, theme(c))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%d-%s.html", strings.ReplaceAll(rec.Lab, "/", "-"), rec.Attempt, rec.Schedule)
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+fileSafe.ReplaceAllString(name, "-")+`"`)
	return c.HTMLBlob(http.StatusOK, page)
}

// fileSafe is what a file's name had better not hold.
var fileSafe = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// ReplayFile makes a file of a recording that browsers open by itself, in the
// recording's language. theme is light, dark, or empty for the system's.
func ReplayFile(rec *grader.Recording, theme string) ([]byte, error) {
	p, err := loadPages()
	if err != nil {
		return nil, err
	}
	return p.replayFile(rec, theme)
}

// A replayFile is what the template of such a file gets.
type replayFile struct {
	view
	Rec       *grader.Recording
	Policy    string
	Style     template.CSS
	Script    template.JS
	Strings   template.JS
	Recording template.JS
}

// replayFile fills the template of a file. Its policy lets in what it holds, by
// hash, and nothing from elsewhere.
func (p *pages) replayFile(rec *grader.Recording, theme string) ([]byte, error) {
	style, err := inlined("replay-page.css")
	if err != nil {
		return nil, err
	}
	script, err := inlined("replay-page.js")
	if err != nil {
		return nil, err
	}
	style = fontFaces.ReplaceAllString(style, "") // the reader's own fonts do
	journal, err := json.Marshal(rec)             // writes < as an escape
	if err != nil {
		return nil, fmt.Errorf("write recording %q: %w", rec.Title, err)
	}
	texts, err := stringsOf(rec.Lang, rec.Names)
	if err != nil {
		return nil, err
	}
	v := replayFile{
		view: view{Lang: rec.Lang, Title: rec.Title, Theme: theme, words: p.words[rec.Lang]}, Rec: rec,
		Policy: "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src " + sourceHash(script) + "; style-src " + sourceHash(style),
		Style:  template.CSS(style), Script: template.JS(script), //nolint:gosec // ours, from the binary
		Strings: texts, Recording: template.JS(journal), //nolint:gosec // JSON without "<"
	}
	var page bytes.Buffer
	if err := p.templates["replayfile"].ExecuteTemplate(&page, "layout", v); err != nil {
		return nil, fmt.Errorf("template %q: %w", "replayfile", err)
	}
	return page.Bytes(), nil
}

// stringsOf are the texts of the player's page, with the lab's own names for messages.
func stringsOf(lang string, names map[string]string) (template.JS, error) {
	texts, err := static.StringsWith(lang, names)
	return template.JS(texts), err //nolint:gosec // JSON without "<", by its contract
}

var (
	fontFaces = regexp.MustCompile(`@font-face\s*\{[^}]*\}`)
	// endings are what would end a script element in the middle of the script.
	endings = strings.NewReplacer("</script", `<\/script`, "<!--", `<\!--`)
)

// inlined is the text of an asset, fit to stand inside an element.
func inlined(name string) (string, error) {
	href, ok := static.Asset(name)
	if !ok {
		return "", &notReady{check: "pages", what: "this brokerlab was built without its pages; run make build"}
	}
	raw, err := static.FS.ReadFile("dist/" + path.Base(href))
	if err != nil {
		return "", fmt.Errorf("asset %q: %w", name, err)
	}
	return endings.Replace(strings.TrimSpace(string(raw))), nil
}

// sourceHash names an inline script or style in a policy.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
