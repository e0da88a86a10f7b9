package main

import (
	"cmp"
	"slices"

	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/labs"
)

// lintLabs returns what is wrong with the labs: their folders, and the words of
// those that can be read.
func (c content) lintLabs() []labs.Finding {
	from := c.over("labs", labs.Content)
	found := labs.Lint(from)
	set, _ := labs.Load(from) // what cannot be read is among the findings
	for _, lab := range set.All() {
		found = append(found, grader.Lint(lab)...)
	}
	slices.SortStableFunc(found, func(a, b labs.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return found
}
