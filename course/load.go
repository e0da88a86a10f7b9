package course

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Catalogue tells a lab by its id in one language. It is how the course knows
// the labs; LabsOf makes one from a set of labs.
type Catalogue func(lang, id string) (LabCard, bool)

// A LabCard is what a page says about a lab.
type LabCard struct {
	ID      string
	Title   string
	Summary string
	Minutes int
	Points  int
}

// numbered is the form of the names of chapter folders and page files; the number is only their order.
var numbered = regexp.MustCompile(`^(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)(\.md)?$`)

// Load reads a course from fsys, whose root holds a folder for each language.
// The course is usable whatever is found: a page with a mistake shows it. With
// a nil catalogue every lab counts as planned and no lab is unknown.
func Load(fsys fs.FS, labs Catalogue) (*Course, []Finding) {
	c := &Course{langs: make(map[string]*edition)}
	var found []Finding
	for _, lang := range Langs {
		l := &loader{fsys: fsys, e: &edition{
			lang: lang, labs: labs,
			pages: make(map[string]*entry), byID: make(map[string]*entry), byFile: make(map[string]*entry),
			outlines: make(map[string]outlineSource),
		}}
		l.edition()
		c.langs[lang] = l.e
		found = append(found, l.found...)
	}
	return c, sortFindings(found)
}

// A loader reads one edition.
type loader struct {
	fsys  fs.FS
	e     *edition
	found []Finding
}

func (l *loader) fail(file string, line int, format string, args ...any) {
	l.found = append(l.found, Finding{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// edition reads all chapters of the language.
func (l *loader) edition() {
	dirs, err := fs.ReadDir(l.fsys, l.e.lang)
	if err != nil {
		l.fail(l.e.lang, 0, "cannot read the folder of the language: %v", err)
		return
	}
	for _, dir := range dirs {
		name := numbered.FindStringSubmatch(dir.Name())
		switch {
		case strings.HasPrefix(dir.Name(), "."):
		case !dir.IsDir() || name == nil || name[3] != "":
			l.fail(path.Join(l.e.lang, dir.Name()), 0, "unexpected name, expected a chapter's folder such as 02-rabbitmq")
		default:
			l.chapter(dir.Name(), name[2])
		}
	}
}

// chapter reads one chapter: its pages first, then the outline that orders them.
func (l *loader) chapter(dir, slug string) {
	folder := path.Join(l.e.lang, dir)
	file := path.Join(folder, "chapter.yaml")
	m := chapterMeta{Title: slug}
	raw, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.fail(file, 0, "cannot read the chapter's description: %v", err)
	} else {
		var found []Finding
		m, found = readChapter(file, raw)
		l.found = append(l.found, found...)
	}
	ch := Chapter{ID: m.ID, Slug: slug, Number: m.ID, Title: m.Title, Summary: smarten(m.Summary, l.e.lang), Weeks: m.Weeks, Teaches: m.Teaches}
	pages := l.pages(folder, slug)
	ch.Pages = l.outline(file, ch, m.Outline, pages)
	l.e.chapters = append(l.e.chapters, ch)
}

// pages reads the pages in a chapter's folder, in the order of their names.
func (l *loader) pages(folder, chapter string) []*entry {
	files, err := fs.ReadDir(l.fsys, folder)
	if err != nil {
		l.fail(folder, 0, "cannot read the chapter's folder: %v", err)
	}
	var pages []*entry
	for _, f := range files {
		file := path.Join(folder, f.Name())
		name := numbered.FindStringSubmatch(f.Name())
		switch {
		case f.Name() == "chapter.yaml" || strings.HasPrefix(f.Name(), ".") || strings.HasSuffix(f.Name(), "~"):
		case name == nil || name[3] == "" || f.IsDir():
			l.fail(file, 0, "unexpected name, expected a page such as 05-acknowledgements.md")
		default:
			if p := l.page(file, chapter, name[2]); p != nil {
				pages = append(pages, p)
			}
		}
	}
	return pages
}

// page reads one page, without rendering it.
func (l *loader) page(file, chapter, slug string) *entry {
	src, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.fail(file, 0, "cannot read the page: %v", err)
		return nil
	}
	p := &entry{file: file, src: src, chapter: len(l.e.chapters)}
	p.meta, p.found = readMeta(file, src)
	p.ref = PageRef{
		ID: p.meta.ID, Slug: slug, Chapter: chapter, Title: p.meta.Title, Summary: p.meta.Summary,
		Minutes: p.meta.Minutes, Kind: KindPage, Href: "/" + l.e.lang + "/" + chapter + "/" + slug,
		Quizzes: quizIDs(src),
	}
	if p.ref.Title == "" {
		p.ref.Title = slug
	}
	l.register(p)
	l.found = append(l.found, p.found...)
	return p
}

// register makes a page known by its address, file and id; the first of two wins.
func (l *loader) register(p *entry) {
	key := p.ref.Chapter + "/" + p.ref.Slug
	if first := l.e.pages[key]; first != nil {
		p.found = append(p.found, Finding{File: p.file, Message: fmt.Sprintf("has the address of %s", first.file)})
		return
	}
	l.e.pages[key], l.e.byFile[p.file] = p, p
	if p.ref.ID == "" {
		return
	}
	if first := l.e.byID[p.ref.ID]; first != nil {
		p.found = append(p.found, Finding{File: p.file, Breaks: true, Line: 1, Message: fmt.Sprintf("id %q is taken by %s", p.ref.ID, first.file)})
		return
	}
	l.e.byID[p.ref.ID] = p
}

// outline orders the pages and labs of a chapter. Pages that it does not name follow at the end.
func (l *loader) outline(file string, ch Chapter, lines []outlineMeta, pages []*entry) []PageRef {
	var refs []PageRef
	source := outlineSource{file: file, lines: make(map[string]int)}
	l.e.outlines[ch.Slug] = source
	named := make(map[string]bool)
	for _, o := range lines {
		key := o.Page + o.Lab
		if named[key] {
			l.fail(file, o.line, "the outline has %q twice", key)
			continue
		}
		named[key], source.lines[key] = true, o.line
		refs = append(refs, l.line(ch, o))
	}
	for _, p := range pages {
		if !named[p.ref.Slug] && l.e.byFile[p.file] == p {
			refs = append(refs, p.ref)
		}
	}
	return refs
}

// line makes one line of an outline: what is there, or what is planned.
func (l *loader) line(ch Chapter, o outlineMeta) PageRef {
	if p := l.e.pages[ch.Slug+"/"+o.Page]; p != nil {
		return p.ref
	}
	planned := PageRef{ID: o.Page + o.Lab, Slug: o.Page, Chapter: ch.Slug, Title: o.Title, Summary: o.Summary, Kind: KindPlanned, LabID: o.Lab}
	if o.Lab == "" || l.e.labs == nil {
		return planned
	}
	card, ok := l.e.labs(l.e.lang, o.Lab)
	if !ok {
		return planned
	}
	return PageRef{
		ID: o.Lab, Chapter: ch.Slug, Title: card.Title, Summary: card.Summary, Minutes: card.Minutes, Points: card.Points,
		Kind: KindLab, LabID: o.Lab, Href: labHref(l.e.lang, o.Lab),
	}
}

func labHref(lang, id string) string { return "/" + lang + "/labs/" + id }

// names lists the keys of a table in order, for an error that says what was expected.
func names[V any](table map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(table)), ", ")
}
