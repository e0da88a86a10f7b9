package course

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Lint renders every page of a course and reports all that is wrong with it,
// in the order of files and lines. With a nil catalogue labs are not checked.
func Lint(fsys fs.FS, labs Catalogue) []Finding {
	c, found := Load(fsys, labs)
	for _, lang := range Langs {
		found = append(found, lintEdition(c.langs[lang])...)
	}
	return sortFindings(append(found, lintPairs(c)...))
}

// lintEdition renders all pages of a language and checks the links between them.
func lintEdition(e *edition) []Finding {
	docs := make(map[string]document)
	for file, p := range e.byFile {
		docs[file] = renderPage(e, p)
	}
	found := lintUnique(slices.Sorted(maps.Keys(docs)), docs)
	for file, doc := range docs {
		found = append(found, doc.findings...)
		for _, l := range doc.links {
			if l.fragment != "" && !docs[l.file].ids[l.fragment] {
				found = append(found, Finding{File: file, Line: l.line, Message: fmt.Sprintf("broken link: %s has no heading #%s", l.file, l.fragment)})
			}
		}
		found = append(found, lintLabs(e, e.byFile[file])...)
	}
	return found
}

// lintLabs checks the labs that a page's front matter names.
func lintLabs(e *edition, p *entry) []Finding {
	var found []Finding
	for _, id := range p.meta.Labs {
		if e.labs == nil {
			continue
		}
		if _, ok := e.labs(e.lang, id); !ok {
			found = append(found, Finding{File: p.file, Line: 1, Message: fmt.Sprintf("lab %q is unknown", id)})
		}
	}
	return found
}

// lintPairs compares the editions file by file: the same files, ids, headings and outlines.
func lintPairs(c *Course) []Finding {
	var found []Finding
	for _, lang := range Langs {
		for _, other := range Langs {
			if lang != other {
				found = append(found, lintPair(c.langs[lang], c.langs[other])...)
			}
		}
	}
	return found
}

// lintPair says what the pages of one edition have in the other.
func lintPair(e, other *edition) []Finding {
	var found []Finding
	for _, file := range slices.Sorted(maps.Keys(e.byFile)) {
		p, twinFile := e.byFile[file], other.lang+strings.TrimPrefix(file, e.lang)
		twin := other.byFile[twinFile]
		if twin == nil {
			found = append(found, Finding{File: file, Message: fmt.Sprintf("has no translation: %s is missing", twinFile)})
			continue
		}
		if e.lang != Langs[0] {
			found = append(found, lintTwins(e, p, other, twin)...)
		}
	}
	if e.lang != Langs[0] {
		found = append(found, lintOutlines(e, other)...)
	}
	return found
}

// lintTwins compares a translation with its original.
func lintTwins(e *edition, p *entry, other *edition, twin *entry) []Finding {
	var found []Finding
	differ := func(format string, args ...any) {
		found = append(found, Finding{File: p.file, Line: 1, Message: fmt.Sprintf(format, args...)})
	}
	if p.ref.ID != twin.ref.ID {
		differ("id is %q, but %q in %s", p.ref.ID, twin.ref.ID, twin.file)
	}
	if !slices.Equal(p.meta.Labs, twin.meta.Labs) {
		differ("labs are %q, but %q in %s", p.meta.Labs, twin.meta.Labs, twin.file)
	}
	if len(p.meta.Objectives) != len(twin.meta.Objectives) {
		differ("has %d objectives, but %d in %s", len(p.meta.Objectives), len(twin.meta.Objectives), twin.file)
	}
	doc, twinDoc := renderPage(e, p), renderPage(other, twin)
	here, there := headingIDs(doc.toc), headingIDs(twinDoc.toc)
	if !slices.Equal(here, there) {
		i := 0
		for i < min(len(here), len(there)) && here[i] == there[i] {
			i++
		}
		differ("heading %d is %s, but %s in %s; give both the same {#id}", i+1, nth(here, i), nth(there, i), twin.file)
	}
	found = append(found, lintTwinned(p, twin, "plays", "play", doc.plays, twinDoc.plays)...)
	found = append(found, lintTwinned(p, twin, "terminals", "console", doc.terminals, twinDoc.terminals)...)
	return append(found, lintTwinned(p, twin, "quizzes", "quiz", doc.questions, twinDoc.questions)...)
}

func headingIDs(toc []Heading) []string {
	var ids []string
	for _, h := range toc {
		ids = append(ids, h.ID)
	}
	return ids
}

// nth is one heading of a list, or that it has ended.
func nth(ids []string, i int) string {
	if i >= len(ids) {
		return "missing"
	}
	return "#" + ids[i]
}
