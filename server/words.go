package server

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// languages are those of the pages, the one for everybody else first.
var languages = []string{"en", "ru"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Russian})

//go:embed i18n/*.json
var wordFiles embed.FS

// words are all that templates and errors say in one language.
type words struct {
	lang  string
	tag   language.Tag
	texts map[string]string
}

// loadWords reads i18n/<lang>.json for every language.
func loadWords() (map[string]*words, error) {
	all := map[string]*words{}
	for _, lang := range languages {
		raw, err := wordFiles.ReadFile(path.Join("i18n", lang+".json"))
		if err != nil {
			return nil, err
		}
		w := &words{lang: lang, tag: language.MustParse(lang)}
		if err := json.Unmarshal(raw, &w.texts); err != nil {
			return nil, fmt.Errorf("i18n/%s.json: %w", lang, err)
		}
		all[lang] = w
	}
	return all, nil
}

// text returns the words under a key, with {0}, {1}… replaced by args. A
// missing key shows itself, so that it is seen and mended.
func (w *words) text(key string, args ...any) string {
	text, ok := w.texts[key]
	if !ok {
		return key
	}
	text = strings.ReplaceAll(text, " —", "\u00a0—") // no line begins with a dash
	for i, arg := range args {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i)+"}", fmt.Sprint(arg))
	}
	return text
}

// forms are the plural forms of CLDR, as the ends of keys.
var forms = map[plural.Form]string{plural.One: "one", plural.Few: "few", plural.Many: "many", plural.Other: "other"}

// count returns the words under a key in the plural form of n, which is {0}.
func (w *words) count(key string, n int, args ...any) string {
	form := plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)
	return w.text(key+"_"+forms[form], append([]any{n}, args...)...)
}

const (
	cookieLang  = "lang"
	cookieTheme = "theme"
	year        = 365 * 24 * time.Hour
)

// lang is the language of a request: of its path, else of ?lang=, the cookie,
// or what the browser prefers.
func (s *Server) lang(c echo.Context) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Request().URL.Path, "/"), "/")
	if known(first) {
		return first
	}
	if asked := c.QueryParam("lang"); known(asked) {
		return asked
	}
	if cookie, err := c.Cookie(cookieLang); err == nil && known(cookie.Value) {
		return cookie.Value
	}
	accepted := c.Request().Header.Get("Accept-Language")
	if tags, _, err := language.ParseAcceptLanguage(accepted); err == nil && len(tags) > 0 {
		if _, i, sure := matcher.Match(tags...); sure > language.No {
			return languages[i]
		}
	}
	return s.opts.Lang
}

func known(lang string) bool {
	for _, l := range languages {
		if l == lang {
			return true
		}
	}
	return false
}

// keepLang remembers the language of a page that was asked for, so that "/"
// leads back to it.
func keepLang(c echo.Context, lang string) {
	if cookie, err := c.Cookie(cookieLang); err == nil && cookie.Value == lang {
		return
	}
	c.SetCookie(&http.Cookie{
		Name: cookieLang, Value: lang, Path: "/", MaxAge: int(year.Seconds()), SameSite: http.SameSiteLaxMode,
	})
}

// theme is the theme that the visitor chose, or "" to follow the system.
func theme(c echo.Context) string {
	cookie, err := c.Cookie(cookieTheme)
	if err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}
