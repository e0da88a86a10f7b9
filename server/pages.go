package server

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/static"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages are the templates and the words that fill them.
type pages struct {
	words     map[string]*words
	templates map[string]*template.Template // by name, each with the layout
	rendered  renderedPages
}

func loadPages() (*pages, error) {
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	p := &pages{words: words, templates: map[string]*template.Template{}}
	for _, name := range []string{"course", "page", "lab", "replay", "replayfile", "error"} {
		t, err := template.New(name).Funcs(template.FuncMap{"asset": asset}).
			ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("template %q: %w", name, err)
		}
		p.templates[name] = t
	}
	return p, nil
}

// asset is the address of a style sheet, script or font; "" when this binary
// was built without them.
func asset(name string) string {
	href, ok := static.Asset(name)
	if !ok {
		return ""
	}
	return href
}

// show renders a template into memory first: an error of the template is then
// an error page, and not half a page.
func (s *Server) show(c echo.Context, status int, name string, view any) error {
	page, err := s.render(name, view)
	if err != nil {
		return err
	}
	return rendered{plain: page}.send(c, status)
}

// render makes a page of a template.
func (s *Server) render(name string, view any) ([]byte, error) {
	var page bytes.Buffer
	if err := s.pages.templates[name].ExecuteTemplate(&page, "layout", view); err != nil {
		return nil, fmt.Errorf("template %q: %w", name, err)
	}
	return page.Bytes(), nil
}

// getRoot leads to the course in the visitor's language.
func (s *Server) getRoot(c echo.Context) error {
	c.Response().Header().Set("Vary", "Accept-Language, Cookie")
	return c.Redirect(http.StatusFound, "/"+s.lang(c)+"/")
}

func (s *Server) getCourseSlash(c echo.Context) error {
	return c.Redirect(http.StatusMovedPermanently, "/"+s.lang(c)+"/")
}

// getChapter leads to a chapter's place on the course page.
func (s *Server) getChapter(c echo.Context) error {
	slug := c.Param("chapter")
	if _, ok := s.course().Chapter(s.lang(c), slug); !ok {
		return fmt.Errorf("chapter %q: %w", slug, errNoPage)
	}
	return c.Redirect(http.StatusFound, "/"+s.lang(c)+"/#"+slug)
}

// getCourse is the table of contents, and where to go on.
func (s *Server) getCourse(c echo.Context) error {
	ctx, user, lang := c.Request().Context(), s.user(c), s.lang(c)
	st, err := s.standing(ctx, user)
	if err != nil {
		return err
	}
	if st.quizzes, err = s.opts.Store.Quizzes(ctx, user); err != nil {
		return err
	}
	next, err := s.resume(ctx, user, st, lang)
	if err != nil {
		return err
	}
	keepLang(c, lang)
	v := courseView{view: s.view(c, "/")}
	v.Title, v.Description = v.T("course.title"), v.T("course.lede")
	for _, ch := range s.course().Chapters(lang) {
		v.Chapters = append(v.Chapters, v.chapter(ch, st))
		if next != nil && next.Chapter == ch.Slug {
			v.Resume = &resumeView{Line: v.line(*next, st), Chapter: ch.Number + " " + ch.Title, Began: st.began()}
		}
	}
	v.Done = next == nil && st.began()
	return s.show(c, http.StatusOK, "course", v)
}

// getPage is a page to read.
func (s *Server) getPage(c echo.Context) error {
	lang, content := s.lang(c), s.content.Load()
	page, err := content.course.Page(lang, c.Param("chapter"), c.Param("page"))
	if err != nil {
		return err
	}
	st, err := s.standing(c.Request().Context(), s.user(c))
	if err != nil {
		return err
	}
	keepLang(c, lang)
	answersKey, err := s.answersKey(c.Request().Context(), s.user(c), page)
	if err != nil {
		return err
	}
	key := renderedKey(content.version, lang+"/"+page.Chapter.Slug+"/"+page.Slug, theme(c), st) + answersKey
	kept, ok := s.pages.rendered.get(key)
	if !ok {
		answers, err := s.answered(c.Request().Context(), s.user(c), "", page.Questions)
		if err != nil {
			return err
		}
		v := s.viewPage(c, content.course, page, st)
		told, complete := s.told(c.Request().Context(), page, answers)
		v.HTML = template.HTML(page.Answered(answers, told)) //nolint:gosec // made by course
		made, err := s.render("page", v)
		if err != nil {
			return err
		}
		kept = newRendered(made)
		if complete {
			s.pages.rendered.put(key, kept)
		}
	}
	return kept.send(c, http.StatusOK)
}

// viewPage is what the template of a reading page gets. Nothing in it may be of
// one request alone: the page is kept.
func (s *Server) viewPage(c echo.Context, from *course.Course, page *course.Page, st standing) pageView {
	v := pageView{view: s.view(c, "/"+page.Chapter.Slug+"/"+page.Slug), Page: page, HTML: template.HTML(page.HTML)} //nolint:gosec // sanitised by course
	v.Title, v.Description = page.Title, page.Summary
	for i := range v.Languages {
		if href := page.Other[v.Languages[i].Lang]; href != "" {
			v.Languages[i].Href = href
		}
	}
	v.Chapter = v.chapter(page.Chapter, st)
	for i := range v.Chapter.Lines {
		ref := page.Chapter.Pages[i]
		v.Chapter.Lines[i].Here = ref.Kind == course.KindPage && ref.ID == page.ID
	}
	for _, ch := range from.Chapters(page.Lang) {
		short := v.chapter(ch, st)
		short.Here = ch.Slug == page.Chapter.Slug
		v.Chapters = append(v.Chapters, short)
	}
	return v
}

// getLabPage is the page of a lab: its text, and places for what the script makes.
func (s *Server) getLabPage(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	return s.showLab(c, http.StatusOK, lab, nil)
}

// showLab shows the page of a lab. Refused are answers that could not be graded.
func (s *Server) showLab(c echo.Context, status int, lab *labs.Lab, refused map[string]course.Answered) error {
	lang := s.lang(c)
	v := labView{view: s.view(c, "/labs/"+lab.ID), Lab: lab}
	v.Backends = lab.Program() && s.offered(lab, s.backendOf(s.user(c), lab.ID))
	var err error
	if v.Strings, err = stringsOf(lang, grader.Names(lab, lang)); err != nil {
		return err
	}
	tasks, err := labTasks(lab, lang)
	if err != nil {
		return fmt.Errorf("text of lab %q in %s: %w", lab.ID, lang, err)
	}
	questions := questionsOf(tasks)
	answers, err := s.answered(c.Request().Context(), s.user(c), lab.ID, questions)
	if err != nil {
		return err
	}
	maps.Copy(answers, refused)
	ctx, cancel := context.WithTimeout(c.Request().Context(), tellTime)
	defer cancel()
	told := make(map[string]course.Told)
	s.tellPredictions(ctx, questions, answers, lang, told)
	if err := errors.Join(v.fill(lab, lang), v.fillTasks(lab, tasks, answers, told)); err != nil {
		return fmt.Errorf("text of lab %q in %s: %w", lab.ID, lang, err)
	}
	v.Back = s.pageBefore(lab, lang)
	keepLang(c, lang)
	return s.show(c, status, "lab", v)
}

// pageBefore is the page that leads to a lab: the last one before it in the
// outline, else the course page.
func (s *Server) pageBefore(lab *labs.Lab, lang string) link {
	back := link{Href: "/" + lang + "/", Text: s.pages.words[lang].text("nav.course")}
	for _, ref := range s.course().Refs(lang) {
		switch {
		case ref.Kind == course.KindPage:
			back = link{Href: ref.Href, Text: ref.Title}
		case ref.Kind == course.KindLab && ref.LabID == lab.ID:
			return back
		}
	}
	return link{Href: "/" + lang + "/", Text: s.pages.words[lang].text("nav.course")}
}

// errorPage tells people what went wrong, and shows a way on.
func (s *Server) errorPage(c echo.Context, a answer, message string) error {
	v := errorView{view: s.view(c, "/"), Status: a.status, Message: message, RequestID: c.Response().Header().Get("X-Request-Id")}
	v.Title = v.T("error.title_ours")
	if a.status == http.StatusNotFound {
		v.Title = v.T("error.title_not_found")
	}
	v.Ours = a.status >= http.StatusInternalServerError
	return s.show(c, a.status, "error", v)
}
