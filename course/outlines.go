package course

import (
	"cmp"
	"fmt"
	"slices"
)

// An outlineSource says where the outline of a chapter is written.
type outlineSource struct {
	file  string         // chapter.yaml
	lines map[string]int // by page or lab
}

// refKey is what names a line of an outline in every language.
func refKey(r PageRef) string { return cmp.Or(r.LabID, r.Slug) }

// lintOutlines compares the chapters of two editions.
func lintOutlines(e, other *edition) []Finding {
	var found []Finding
	for _, ch := range e.chapters {
		i := slices.IndexFunc(other.chapters, func(o Chapter) bool { return o.Slug == ch.Slug })
		if i < 0 {
			found = append(found, Finding{File: e.lang, Message: fmt.Sprintf("chapter %q is missing in %s", ch.Slug, other.lang)})
			continue
		}
		found = append(found, lintOutline(e.outlines[ch.Slug], ch, other.outlines[ch.Slug], other.chapters[i])...)
	}
	return found
}

// lintOutline compares one chapter with its twin: lines that only one has, then
// the order of the others. Pages without a translation are reported as such.
func lintOutline(here outlineSource, ch Chapter, there outlineSource, twin Chapter) []Finding {
	var found []Finding
	add := func(at outlineSource, key, format string, args ...any) {
		found = append(found, Finding{File: at.file, Line: at.lines[key], Message: fmt.Sprintf(format, args...)})
	}
	if ch.ID != twin.ID {
		found = append(found, Finding{File: here.file, Message: fmt.Sprintf("id is %q, but %q in %s", ch.ID, twin.ID, there.file)})
	}
	common := func(at outlineSource, own, others []PageRef, elsewhere string) []string {
		var keys []string
		for _, r := range own {
			switch {
			case slices.ContainsFunc(others, func(o PageRef) bool { return refKey(o) == refKey(r) }):
				keys = append(keys, refKey(r))
			case r.Kind != KindPage:
				add(at, refKey(r), "the outline has %q, which is missing in %s", refKey(r), elsewhere)
			}
		}
		return keys
	}
	mine := common(here, ch.Pages, twin.Pages, there.file)
	theirs := common(there, twin.Pages, ch.Pages, here.file)
	for i := range min(len(mine), len(theirs)) {
		if mine[i] != theirs[i] {
			add(here, mine[i], "the outline has %q where %s has %q; give both the same order", mine[i], there.file, theirs[i])
			break
		}
	}
	return found
}
