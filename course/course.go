package course

import (
	"errors"
	"fmt"
	"sync"
)

// Langs are the languages of the course, the first one being the default.
var Langs = []string{"en", "ru"}

// ErrNoPage says that the course has no such page in that language.
var ErrNoPage = errors.New("no such page")

// A Kind says what a line of a chapter's outline leads to.
type Kind string

// The kinds of a line in an outline.
const (
	KindPage    Kind = "page"    // a page that can be read
	KindLab     Kind = "lab"     // a lab that can be opened
	KindPlanned Kind = "planned" // still to come; LabID is set when it will be a lab
)

// A Course is all chapters in all languages, as they were when it was loaded.
type Course struct {
	langs map[string]*edition
}

// An edition is the course in one language.
type edition struct {
	lang     string
	chapters []Chapter
	pages    map[string]*entry // by chapter slug/page slug
	byID     map[string]*entry
	byFile   map[string]*entry
	outlines map[string]outlineSource // by chapter slug
	labs     Catalogue
}

// A Chapter is one chapter in one language.
type Chapter struct {
	ID      string  // as in the syllabus, "2.2"; the same in every language
	Slug    string  // Latin, the same in every language, "rabbitmq"
	Number  string  // what is printed before the title
	Title   string  // in the reader's language
	Summary string  // one or two sentences, plain text
	Weeks   float64 // of study
	Teaches []string
	Pages   []PageRef // in reading order, planned ones included
}

// A PageRef is one line of a chapter's outline.
type PageRef struct {
	ID      string // the same in every language; of a lab, its id
	Slug    string // of a page; "" for labs
	Chapter string // slug of its chapter
	Title   string
	Summary string
	Minutes int // 0 when not known yet
	Points  int // of a lab
	Kind    Kind
	LabID   string   // "rabbitmq/work-queue"; "" for pages
	Quizzes []string // ids of the questions of a page
	Href    string   // "" when planned
}

// A Page is one page, rendered.
type Page struct {
	ID         string
	Slug       string
	Lang       string
	Title      string
	Summary    string
	Minutes    int    // of reading
	Checked    string // "RabbitMQ 4.3, November 2026"; "" when the page says nothing that ages
	Objectives []string
	Labs       []string    // ids of the labs that the page leads to
	Questions  []*Question // the quizzes and predictions of the page, in order
	Plays      []*Play     // the scenes of the page, in order
	Terminals  []*Terminal // the places of the page where commands are tried, in order
	Go         []GoBlock   // its blocks of Go, in order
	Chapter    Chapter
	HTML       string            // sanitised, without inline style or script; its first heading is an h2
	TOC        []Heading         // h2 and h3
	Prev, Next *PageRef          // neighbours in reading order, labs included, across chapters; nil at the ends
	Other      map[string]string // addresses of the same page in the other languages, by language
	File       string            // the source, from the root of the content
	Findings   []Finding
	Broken     bool // HTML shows the findings instead of the page

	marked string // HTML with marks in the places of its questions
}

// A Heading is one entry of a page's table of contents.
type Heading struct {
	Level int // 2 or 3
	ID    string
	Text  string // plain text
}

// An entry is a page that may not have been rendered yet.
type entry struct {
	ref     PageRef
	chapter int // index in the edition
	meta    meta
	file    string
	src     []byte
	found   []Finding // by the loader, about this file

	once sync.Once
	page *Page
}

// Chapters are the chapters in one language, in order; none for a language that
// the course does not have. The caller must not change them.
func (c *Course) Chapters(lang string) []Chapter {
	e := c.langs[lang]
	if e == nil {
		return nil
	}
	return e.chapters
}

// Chapter finds a chapter by its slug.
func (c *Course) Chapter(lang, slug string) (Chapter, bool) {
	for _, ch := range c.Chapters(lang) {
		if ch.Slug == slug {
			return ch, true
		}
	}
	return Chapter{}, false
}

// Page is one page, rendered now if nobody has asked for it before. A page with
// a mistake comes back with Broken set and the mistake as its HTML; the only
// error is ErrNoPage. The caller must not change the page.
func (c *Course) Page(lang, chapter, slug string) (*Page, error) {
	e := c.langs[lang]
	if e == nil {
		return nil, fmt.Errorf("page %s/%s/%s: %w", lang, chapter, slug, ErrNoPage)
	}
	p := e.pages[chapter+"/"+slug]
	if p == nil {
		return nil, fmt.Errorf("page %s/%s/%s: %w", lang, chapter, slug, ErrNoPage)
	}
	p.once.Do(func() { p.page = c.render(e, p) })
	return p.page, nil
}

// PageByID finds a page by the id of its front matter.
func (c *Course) PageByID(lang, id string) (PageRef, bool) {
	e := c.langs[lang]
	if e == nil || e.byID[id] == nil {
		return PageRef{}, false
	}
	return e.byID[id].ref, true
}

// Refs are the lines of all outlines in reading order, planned ones included.
func (c *Course) Refs(lang string) []PageRef {
	var refs []PageRef
	for _, ch := range c.Chapters(lang) {
		refs = append(refs, ch.Pages...)
	}
	return refs
}

// render makes the page of an entry. It never fails: a mistake becomes the page.
func (c *Course) render(e *edition, p *entry) *Page {
	page := &Page{
		ID: p.ref.ID, Slug: p.ref.Slug, Lang: e.lang, Title: p.ref.Title, Summary: smarten(p.ref.Summary, e.lang),
		Minutes: p.ref.Minutes, Checked: p.meta.Checked, Labs: p.meta.Labs,
		Chapter: e.chapters[p.chapter], File: p.file, Other: c.others(e.lang, p),
	}
	for _, o := range p.meta.Objectives {
		page.Objectives = append(page.Objectives, smarten(o, e.lang))
	}
	page.Prev, page.Next = c.neighbours(e.lang, p.ref)
	doc := renderPage(e, p)
	page.marked, page.TOC, page.Questions, page.Plays, page.Terminals = doc.html, doc.toc, doc.questions, doc.plays, doc.terminals
	page.Go = doc.goBlocks
	c.sameHashes(e, p, page.Questions)
	page.HTML = page.marked
	page.HTML = page.Answered(nil, nil)
	page.Findings = sortFindings(append(doc.findings, p.found...))
	for _, f := range page.Findings {
		page.Broken = page.Broken || f.Breaks
	}
	if page.Broken {
		page.HTML, page.TOC = brokenHTML(e.lang, page.Findings), nil
		page.Questions, page.Plays, page.Terminals = nil, nil, nil
	}
	return page
}

// sameHashes gives the questions of a translation the hashes of the original ones.
func (c *Course) sameHashes(e *edition, p *entry, questions []*Question) {
	if e.lang == Langs[0] || len(questions) == 0 {
		return
	}
	original := c.langs[Langs[0]].byID[p.ref.ID]
	if original == nil {
		return
	}
	page, err := c.Page(Langs[0], original.ref.Chapter, original.ref.Slug)
	if err != nil {
		return // its address is another page's
	}
	for _, q := range questions {
		if first, ok := page.Question(q.ID); ok {
			q.Hash = first.Hash
		}
	}
}

// neighbours are what can be opened before and after a page.
func (c *Course) neighbours(lang string, at PageRef) (prev, next *PageRef) {
	var passed bool
	for _, ref := range c.Refs(lang) {
		switch {
		case ref.Kind == KindPage && ref.ID == at.ID:
			passed = true
		case ref.Kind == KindPlanned:
		case !passed:
			prev = &ref
		default:
			return prev, &ref
		}
	}
	return prev, nil
}

// others are the addresses of the same page in the other languages, by language.
func (c *Course) others(lang string, p *entry) map[string]string {
	others := make(map[string]string)
	for other, e := range c.langs {
		if q := e.byID[p.ref.ID]; q != nil && other != lang {
			others[other] = q.ref.Href
		}
	}
	return others
}
