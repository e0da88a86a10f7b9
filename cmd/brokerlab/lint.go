package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// lintLabs returns what is wrong with the labs: their folders, and the words of
// those that can be read.
func (c content) lintLabs() []labs.Finding {
	from := c.over("labs", labs.Content)
	found := labs.Lint(from, c.chapters()...)
	set, _ := labs.Load(from) // what cannot be read is among the findings
	for _, lab := range set.All() {
		found = append(found, grader.Lint(lab)...)
	}
	slices.SortStableFunc(found, func(a, b labs.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return found
}

// labsOf is what a lesson may link to: the labs that can be read, and those that are
// there but for their mistakes.
func (c content) labsOf(broken []labs.Finding) course.Catalogue {
	set, _ := labs.Load(c.over("labs", labs.Content)) // what cannot be read is broken
	known := course.LabsOf(set)
	return func(lang, id string) (course.LabCard, bool) {
		if card, ok := known(lang, id); ok {
			return card, true
		}
		there := slices.ContainsFunc(broken, func(f labs.Finding) bool { return strings.HasPrefix(f.File, id+"/") })
		return course.LabCard{ID: id, Title: id}, there
	}
}

// chapters are those that a lab may name.
func (c content) chapters() []string {
	lessons, _ := course.Load(c.over("course", course.Content), nil) // mistakes of lessons are found elsewhere
	var slugs []string
	for _, ch := range lessons.Chapters("en") {
		slugs = append(slugs, ch.Slug)
	}
	return slugs
}

// runnable leaves out the labs that have a finding which keeps them from being
// run. No ids mean all labs, so they are named then.
func runnable(set *labs.Set, ids []string, findings []labs.Finding) []string {
	var kept []string
	for _, lab := range set.All() {
		stopped := slices.ContainsFunc(findings, func(f labs.Finding) bool {
			return f.Stops && strings.HasPrefix(f.File, lab.ID+"/")
		})
		if !stopped && (len(ids) == 0 || slices.Contains(ids, lab.ID)) {
			kept = append(kept, lab.ID)
		}
	}
	return kept
}
