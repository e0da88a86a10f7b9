package course

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// A Finding is one mistake in the course, said so that its author can mend it.
type Finding struct {
	File    string `json:"file"` // slash-separated, from the root of the content
	Line    int    `json:"line"` // from 1; 0 when it concerns the whole file
	Message string `json:"message"`

	// Breaks reports that the page cannot be shown as its author meant it, so
	// that the reader is shown the finding in its place.
	Breaks bool `json:"-"`
}

// String is the finding as compilers write theirs, file:line: message.
func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Message)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

// sortFindings puts findings in the order of files and lines, each one once.
func sortFindings(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(list)
}

// lineAt is the line, from 1, that holds the byte at offset.
func lineAt(src []byte, offset int) int {
	return 1 + bytes.Count(src[:min(max(offset, 0), len(src))], []byte("\n"))
}
