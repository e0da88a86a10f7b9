package grader

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/brokerlab/brokerlab/labs"
)

const (
	lostEN   = `sentence: "Order {{.Label}} was lost"`
	yamlFile = "rabbitmq/work-queue/lab.yaml"
)

// brokenLab is the work queue with another text in its lab.yaml, and the line of
// it.
func brokenLab(t *testing.T, from, to string) (lab *labs.Lab, line int) {
	t.Helper()
	raw, err := labs.Content.Open(yamlFile)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var text strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := raw.Read(buf)
		text.Write(buf[:n])
		if err != nil {
			break
		}
	}
	before, _, ok := strings.Cut(text.String(), from)
	if !ok {
		t.Fatalf("lab.yaml does not hold %q", from)
	}
	changed := strings.Replace(text.String(), from, to, 1)
	set, err := labs.Load(labs.Overlay(fstest.MapFS{yamlFile: {Data: []byte(changed)}}, labs.Content))
	if err != nil {
		t.Fatal(err)
	}
	lab, _ = set.Lab("rabbitmq/work-queue")
	return lab, 1 + strings.Count(before, "\n")
}

// TestLintOfTemplates: what an author writes wrongly into on_fail is found before
// a student reads it, and said without the words of Go's templates.
func TestLintOfTemplates(t *testing.T) {
	facts := strings.Join(factNames(), ", ")
	for _, tt := range []struct{ name, text, want string }{
		{"misspelt fact", "Order {{.Labl}} was lost", "found .Labl, expected a fact: one of " + facts},
		{"in a branch never taken", "{{if eq .Count 77}}{{.Labl}}{{end}}", "found .Labl, expected a fact: one of " + facts},
		{"in an argument", `{{ln .Lien \"line\"}}`, "found .Lien, expected a fact: one of " + facts},
		{"not closed", "Order {{.Label was lost", "found {{ without a good end, expected a form such as {{.Label}} or {{if .Line}}…{{end}}"},
		{"if without end", "{{if .Line}}x", "found the end of the text inside {{if …}}, expected {{end}} before it"},
		{"end without if", "x{{end}}", "found {{end}} or {{else}}, expected an {{if …}} before it"},
		{"unknown function", "{{upper .Label}}", `found the function "upper", expected ln, plural, or one of Go's templates such as if, eq, gt`},
		{"argument is missing", "{{ln .Line}}", "ln has 1 arguments, expected 2"},
		{"plural of a text", `{{plural .Label \"a\" \"b\"}}`, `found plural .Label "a" "b": error calling plural: plural of  with 2 forms`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lab, line := brokenLab(t, lostEN, `sentence: "`+tt.text+`"`)
			found := Lint(lab)
			want := labs.Finding{File: yamlFile, Line: line, Message: `check "nothing-lost": on_fail: lost in "en": sentence: ` + tt.want}
			if len(found) != 1 || found[0] != want {
				t.Errorf("lint said\n%v, want\n%v", found, want)
			}
		})
	}
	if found := Lint(workQueue(t)); len(found) > 0 {
		t.Errorf("lint of the lab as it is: %v", found)
	}
}

// TestBrokenTemplateIsNotShown: a student reads the sentence of the property, and
// nothing about templates.
func TestBrokenTemplateIsNotShown(t *testing.T) {
	lab, _ := brokenLab(t, lostEN, `sentence: "Order {{.Labl}} was lost"`)
	v := Render(lab, ackFirstEvidence(t, lab), "en")
	if want := "Message 2 was lost"; v.Sentence != want {
		t.Errorf("the student reads %q, want %q", v.Sentence, want)
	}
	if said := wordsIn("en").say("{{.Labl}}", facts{}); said != "" {
		t.Errorf("a broken text of the catalogue says %q, want nothing", said)
	}
}
