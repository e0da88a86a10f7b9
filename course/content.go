package course

import (
	"embed"
	"io/fs"
)

//go:embed all:content
var embedded embed.FS

// Content is the built-in course: en/, ru/ and in them a folder for each chapter.
var Content = must(fs.Sub(embedded, "content"))

// CSS styles what this package renders beyond plain prose: code, notes, tables,
// questions, diagrams. It goes after the page's own style sheet; its colours are
// the custom properties of the page's tokens.
//
//go:embed render.css
var CSS string

// must is for what only a mistake in this file can break.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
