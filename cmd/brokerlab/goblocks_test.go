package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goLesson writes a page with blocks of Go in both languages, and gives the text.
func goLesson(t *testing.T, dir string, blocks ...string) (text string) {
	t.Helper()
	text = "---\nid: go-lesson\ntitle: Go\nsummary: Blocks of Go.\nminutes: 3\nlabs: []\n---\n\n## Blocks {#blocks}\n"
	for _, b := range blocks {
		text += "\n```go\n" + b + "\n```\n"
	}
	for _, lang := range []string{"en", "ru"} {
		write(t, filepath.Join(dir, "course", lang, "02-rabbitmq", "95-go-lesson.md"), text)
	}
	return text
}

// lineOf is the line of a text that holds something.
func lineOf(t *testing.T, text, what string) int {
	t.Helper()
	before, _, ok := strings.Cut(text, what)
	if !ok {
		t.Fatalf("no %q in %s", what, text)
	}
	return 1 + strings.Count(before, "\n")
}

// TestLintOfGo: Go that does not compile in an author's lesson is reported with its file
// and line, and what cannot be checked is said.
func TestLintOfGo(t *testing.T) {
	needBuilt(t)
	dir := t.TempDir()
	text := goLesson(t, dir,
		"// errors.Is comes later\nif err := ch.Qos(1, 0, false); err != nil {\n\treturn err\n}",
		"type Order struct{ ID string }\n\nfunc (o Order) String() string { return o.ID }",
		"package main\n\nfunc helper() int { return 1 }",
		"for d := range deliveries {\n\td.Acknowledge(false)\n}",
		"x := 1",
		"func f() int {\n\treturn \"one\"\n}",
		"package main\n\nimport _ \"example.com/nowhere\"\n\nfunc main() {}",
	)
	code, out, errs := command(t, "lint", dir)
	if code != exitFail {
		t.Errorf("lint exits with %d, want %d: %s", code, exitFail, errs)
	}
	for _, lang := range []string{"en", "ru"} {
		page := "course/" + lang + "/02-rabbitmq/95-go-lesson.md"
		for place, want := range map[string]string{
			"d.Acknowledge": "go: d.Acknowledge undefined (type amqp091.Delivery has no field or method Acknowledge)",
			"x := 1":        "go: declared and not used: x",
			`return "one"`:  `go: cannot use "one" (untyped string constant) as int value in return statement`,
		} {
			if want := fmt.Sprintf("%s:%d: %s", page, lineOf(t, text, place), want); !strings.Contains(out, want) {
				t.Errorf("lint does not say\n%s\nbut\n%s", want, out)
			}
		}
		if got := strings.Count(out, page); got != 3 {
			t.Errorf("%d findings in %s, want 3:\n%s", got, page, out)
		}
		if want := fmt.Sprintf("NOT CHECKED: %s/02-rabbitmq/95-go-lesson.md:%d: ", lang, lineOf(t, text, "import _")-3); !strings.Contains(errs, want) || !strings.Contains(errs, "example.com/nowhere") {
			t.Errorf("lint does not say %q but\n%s", want, errs)
		}
	}
}

// TestServeTellsOfGo: whoever writes a lesson with brokerlab running reads what is wrong
// with its Go at the start and after each save.
func TestServeTellsOfGo(t *testing.T) {
	dir := t.TempDir()
	goLesson(t, dir, "x := 1")
	s := serveSite(t, t.TempDir(), "--content", dir)
	says := func(want string) {
		t.Helper()
		s.said.await(t, regexp.QuoteMeta(want))
	}
	says("en/02-rabbitmq/95-go-lesson.md:12: go: declared and not used: x")
	text := goLesson(t, dir, "y := 1")
	says(fmt.Sprintf("ru/02-rabbitmq/95-go-lesson.md:%d: go: declared and not used: y", lineOf(t, text, "y := 1")))
}
