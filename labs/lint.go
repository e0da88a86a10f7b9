package labs

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Finding is something an author should mend. Line is 0 where the whole file
// is meant.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`

	// Stops reports that the lab cannot be run before this is mended.
	Stops bool `json:"-"`
}

// Error gives the finding as file:line: message.
func (f Finding) Error() string {
	if f.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
	}
	return f.File + ": " + f.Message
}

// Lint reads every lab of a tree and returns all findings, by file. Chapters are
// those of the course that labs may name; with none they are not checked.
func Lint(fsys fs.FS, chapters ...string) []Finding {
	ids, err := find(fsys)
	if err != nil {
		return []Finding{{File: ".", Message: err.Error()}}
	}
	var all []Finding
	for _, id := range ids {
		lab, findings := read(fsys, id)
		all = append(all, findings...)
		if len(findings) == 0 {
			all = append(all, lint(fsys, lab, ids, chapters)...)
		}
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all) // an anchor of YAML brings a mistake more than once
}

// linter collects the findings about one lab.
type linter struct {
	lab      *Lab
	yaml     []string // lines of lab.yaml, to say where
	findings []Finding
}

func lint(fsys fs.FS, lab *Lab, ids, chapters []string) []Finding {
	raw, _ := fs.ReadFile(fsys, path.Join(lab.ID, "lab.yaml")) // read has read it
	n := &linter{lab: lab, yaml: strings.Split(string(raw), "\n")}
	n.fields(ids)
	if lab.Chapter != "" && len(chapters) > 0 {
		n.oneOf("chapter:", "chapter", lab.Chapter, chapters)
	}
	n.world()
	n.programs()
	n.texts()
	n.tasks()
	for _, c := range lab.Checks {
		n.check(c)
	}
	n.points()
	n.attempts()
	n.questions()
	n.configured()
	n.stray(fsys)
	n.unfilled(fsys)
	return n.findings
}

// add notes a finding in a file of the lab.
func (n *linter) add(file string, line int, format string, args ...any) {
	n.findings = append(n.findings, Finding{File: path.Join(n.lab.ID, file), Line: line, Message: fmt.Sprintf(format, args...)})
}

// at notes a finding in lab.yaml, at the first line that holds text.
func (n *linter) at(text, format string, args ...any) {
	line := slices.IndexFunc(n.yaml, func(l string) bool { return strings.Contains(l, text) }) + 1
	n.add("lab.yaml", line, format, args...)
}

var (
	stepKinds    = []string{"code", "console", "config", "predict", "quiz", "calc", "simulate"}
	difficulties = []string{"easy", "medium", "hard"}
	visibilities = []string{"always", "after-due", "staff"}
	publications = []string{"after-pass", "after-due", "never"}
)

func (n *linter) fields(ids []string) {
	l := n.lab
	if l.Chapter == "" {
		n.at("version:", "chapter is missing")
	}
	if len(l.Steps) == 0 {
		n.at("version:", "steps are missing: want one or more of %s", strings.Join(stepKinds, ", "))
	}
	for _, step := range l.Steps {
		n.oneOf("steps:", "step", step, stepKinds)
	}
	if slices.Contains(l.Steps, "code") && slices.Contains(l.Steps, "config") {
		n.at("steps:", "steps: found code and config, expected one of them: either a program is graded or files that are applied")
	}
	n.oneOf("difficulty:", "difficulty", l.Difficulty, difficulties)
	n.oneOf("publish:", "solution.publish", l.Publish, publications)
	if l.Minutes < 1 {
		n.at("minutes:", "minutes is %d, want how long a student needs", l.Minutes)
	}
	for _, id := range l.Requires {
		n.oneOf("requires:", "required lab", id, ids)
	}
	for name, values := range l.Variants {
		if len(values) == 0 {
			n.at(name+":", "variant %q has no values to draw from", name)
		}
	}
}

func (n *linter) oneOf(at, what, value string, want []string) {
	if !slices.Contains(want, value) {
		n.at(at, "%s: found %q, expected one of %s", what, value, orNone(want))
	}
}

// texts checks that every language says the same things.
func (n *linter) texts() {
	en := n.lab.texts["en"]
	for _, lang := range Languages {
		file, t := "lab."+lang+".md", n.lab.texts[lang]
		for _, part := range []struct{ name, text string }{
			{"introduction", t.Intro}, {sections[lang].checked, t.Checked}, {sections[lang].why, t.Why},
		} {
			if part.text == "" {
				n.add(file, 1, "section %q is missing or empty", part.name)
			}
		}
		if len(t.Tasks) != len(en.Tasks) {
			n.add(file, 1, "has %d tasks, lab.en.md has %d", len(t.Tasks), len(en.Tasks))
		}
		for _, task := range t.Tasks {
			if task.Body == "" {
				n.add(file, 1, "task %d has no text", task.N)
			}
		}
		if n.lab.Summary[lang] == "" {
			n.at("summary:", "summary in %q is missing", lang)
		}
		if n.lab.Noun[lang] == "" {
			n.at("noun:", "noun in %q is missing", lang)
		}
		if len(n.lab.Objectives[lang]) != len(n.lab.Objectives["en"]) || len(n.lab.Objectives[lang]) == 0 {
			n.at("objectives:", "objectives in %q: want as many as in \"en\", and at least one", lang)
		}
	}
}

// tasks checks that each task is checked and hinted at, in every language.
func (n *linter) tasks() {
	for _, task := range n.lab.texts["en"].Tasks {
		if !slices.ContainsFunc(n.lab.Checks, func(c Check) bool { return c.Task == task.N }) {
			n.at("checks:", "task %d has no check", task.N)
		}
		for _, lang := range Languages {
			tiers := len(n.lab.hints[lang][task.N])
			if tiers == 0 {
				n.add("hints."+lang+".md", 1, "task %d has no hint", task.N)
			}
			if tiers != len(n.lab.hints["en"][task.N]) {
				n.add("hints."+lang+".md", 1, "task %d has %d tiers, hints.en.md has %d", task.N, tiers, len(n.lab.hints["en"][task.N]))
			}
		}
	}
}

func (n *linter) check(c Check) {
	at := "id: " + c.ID
	if c.Task < 1 || c.Task > len(n.lab.texts["en"].Tasks) {
		n.at(at, "check %q: there is no task %d", c.ID, c.Task)
	}
	n.oneOf(at, "visibility", c.Visibility, visibilities)
	for _, need := range c.Needs {
		other, ok := n.lab.Check(need)
		if !ok || need == c.ID {
			n.at(at, "check %q needs %q, which is no other check", c.ID, need)
		}
		if other.Bonus && !c.Bonus {
			n.at(at, "check %q needs %q, which is a bonus: expected bonus: true here, too", c.ID, need)
		}
	}
	for _, lang := range Languages {
		if c.Title[lang] == "" {
			n.at(at, "check %q has no title in %q", c.ID, lang)
		}
		if len(c.OnFail[lang]) != len(c.OnFail["en"]) {
			n.at(at, "check %q: on_fail says more in one language than in another", c.ID)
		}
	}
	if c.Func != "" {
		n.ownCheck(at, c)
		return
	}
	info, ok := Property(c.Property)
	if !ok {
		n.after(at, "property:", "check %q: property: found %q, expected one of %s", c.ID, c.Property, strings.Join(propertyNames(), ", "))
		return
	}
	n.parameters(at, c, info)
	n.messages(at, c, info)
}

// ownCheck checks what lab.yaml says of a check of the lab's own. The grader reads
// its source.
func (n *linter) ownCheck(at string, c Check) {
	if !ownCheck.MatchString(c.Func) {
		n.after(at, "func:", "check %q: func: found %q, expected check.go or check_<name>.go", c.ID, c.Func)
	}
	if c.Property != "" || len(c.With) > 0 {
		n.after(at, "func:", "check %q has both func and property or with, expected one of them", c.ID)
	}
	if len(c.OnFail["en"]) == 0 {
		n.at(at, "check %q: on_fail is missing: a check of the lab's own brings its own words", c.ID)
	}
	for _, lang := range Languages {
		for _, id := range slices.Sorted(maps.Keys(c.OnFail[lang])) {
			for name, text := range c.OnFail[lang][id].Parts() {
				if text == "" {
					n.at(at, "check %q: on_fail: %s in %q has no %s", c.ID, id, lang, name)
				}
			}
		}
	}
}

func (n *linter) parameters(at string, c Check, info PropertyInfo) {
	for _, name := range info.Required {
		if _, ok := c.With[name]; !ok {
			n.after(at, "with:", "check %q: property %s wants %q", c.ID, c.Property, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.With)) {
		if !slices.Contains(info.Required, name) && !slices.Contains(info.Optional, name) {
			n.after(at, "with:", "check %q: property %s knows no %q, expected %s", c.ID, c.Property, name, strings.Join(slices.Concat(info.Required, info.Optional), ", "))
		}
		if value := c.With[name]; slices.Contains(counts, name) && !isCount(value) {
			n.after(at, "with:", "check %q: %s: found %v, expected a whole number from 1", c.ID, name, value)
		}
	}
}

// isCount reports whether a value counts something, or becomes such a number for each
// student.
func isCount(value any) bool {
	if text, ok := value.(string); ok {
		return strings.Contains(text, "${")
	}
	n, ok := value.(int)
	return ok && n > 0
}

// messages checks that on_fail names messages of the property. Their templates
// are read by the grader, which knows what may stand in them.
func (n *linter) messages(at string, c Check, info PropertyInfo) {
	for _, lang := range Languages {
		for _, id := range slices.Sorted(maps.Keys(c.OnFail[lang])) {
			if !slices.Contains(info.Messages, id) {
				n.at(at, "check %q: on_fail: %s cannot fail with %q, expected one of %s", c.ID, c.Property, id, strings.Join(info.Messages, ", "))
			}
		}
	}
}

func (n *linter) points() {
	sum := 0
	seen := make(map[string]bool)
	for _, c := range n.lab.Checks {
		sum += c.Points
		if seen[c.ID] || c.ID == "" {
			n.at("id: "+c.ID, "check id %q is empty or not unique", c.ID)
		}
		seen[c.ID] = true
	}
	if sum != n.lab.Points {
		n.at("points:", "points is %d, the checks have %d", n.lab.Points, sum)
	}
}

// attempts checks the starter and the wrong attempts.
func (n *linter) attempts() {
	if n.lab.Program() && !n.lab.Console() && !slices.ContainsFunc(n.lab.starter, func(f File) bool { return strings.Contains(f.Text, "TODO") }) {
		n.add("starter", 0, "no TODO: leave something to do")
	}
	if len(n.lab.wrong) < 2 {
		n.add("wrong", 0, "has %d attempts, want 2 or more", len(n.lab.wrong))
	}
	caught := make(map[string]bool)
	for _, w := range n.lab.wrong {
		c, ok := n.lab.Check(w.Check)
		info, known := Property(c.Property)
		if !ok {
			n.add(path.Join("wrong", w.Name, w.expects), 1, "expects check %q, which does not exist, expected one of %s", w.Check, strings.Join(n.checkIDs(), ", "))
		} else if known && !slices.Contains(append(info.Messages, CommonMessages...), w.Message) {
			n.add(path.Join("wrong", w.Name, w.expects), 1, "expects message %q, which %s cannot give, expected one of %s", w.Message, c.Property, strings.Join(info.Messages, ", "))
		}
		if _, own := c.OnFail["en"][w.Message]; ok && c.Func != "" && !own {
			n.add("wrong/"+w.Name, 1, "expects message %q, which on_fail of check %q does not have", w.Message, c.ID)
		}
		caught[w.Check] = true
	}
	for _, c := range n.lab.Checks {
		if !caught[c.ID] {
			n.at("id: "+c.ID, "no wrong attempt is caught by check %q", c.ID)
		}
	}
}

func (n *linter) checkIDs() []string {
	ids := make([]string, 0, len(n.lab.Checks))
	for _, c := range n.lab.Checks {
		ids = append(ids, c.ID)
	}
	return ids
}

// expected are the files that a lab folder may hold.
var expected = regexp.MustCompile(`^(lab\.yaml|lab\.(en|ru)\.md|hints\.(en|ru)\.md|check(_[a-z0-9]+)?\.go|(starter|solution|wrong/[a-z0-9-]+)/([a-z0-9_]+\.go|session\.txt|answers\.yaml|[a-z0-9_-]+\.(json|xml|conf|yaml|yml|properties)))$`)

func (n *linter) stray(fsys fs.FS) {
	_ = fs.WalkDir(fsys, n.lab.ID, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel := strings.TrimPrefix(name, n.lab.ID+"/")
		if !expected.MatchString(rel) {
			n.add(rel, 0, "stray file: a lab folder has no place for it")
		}
		return nil
	}) // the walk has succeeded before, in read
}
