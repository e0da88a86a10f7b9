// Package course turns folders of Markdown into a course that can be read.
//
// Read it in this order:
//
//	course.go      Course, Chapter, Page, and how they are looked up;  content.go: the built-in one
//	load.go        content/<lang>/<nn-chapter>/<nn-page>.md -> Course
//	front.go       front matter and chapter.yaml, field by field
//	markdown.go    one page: Markdown -> HTML, once
//	fences.go      fences that come alive: d2, lab
//	quiz.go        quiz fences -> Question;  quizform.go: as forms, before and after the answer
//	play.go        play fences -> Play, as a figure;  predict.go: predict fences -> Question with a scene
//	lagchart.go    the chart of a scene: the lag of a consumer group
//	terminal.go    console fences -> Terminal, as a figure
//	goblock.go     blocks of Go, made whole for a type checker
//	labtext.go     the text of a lab, and the questions in it;  labcards.go: what lessons know of labs
//	notes.go       > [!NOTE] and its kind
//	anchors.go     ids of headings, the table of contents
//	links.go       links between pages and to labs
//	typography.go  quotes, dashes and spaces of each language;  words.go: what is said beyond the lesson
//	sanitise.go    what raw HTML a lesson may hold
//	diagram.go     d2 -> SVG;  svg.go: SVG without inline style
//	tables.go      names for tables, for those who listen
//	lint.go        what is wrong, with file and line;  twins.go, outlines.go: of pages and chapters in two languages;
//	               finding.go: how it is said
//	watch.go       an author's folder, told when it changes
//
// How to write a lesson is in README.md.
//
// Course is immutable and safe for any number of goroutines. A page is rendered
// when it is first asked for and kept. A page with a mistake in it shows the
// mistake, with file and line, and leaves the other pages alone.
//
// Nothing that is rendered here has an inline style or script: the pages are
// served under a policy that blocks both. The rules that the markup needs are
// in CSS; its colours are the tokens of the page.
package course
