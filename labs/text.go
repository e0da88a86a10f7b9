package labs

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// sections are the headings after the tasks, by language.
var sections = map[string]struct{ checked, why string }{
	"en": {"Checked", "Why it matters"},
	"ru": {"Проверяется", "Зачем это"},
}

var taskHeading = regexp.MustCompile(`^(\d+)\. (.+)$`)

// heading is one "## …" section of a Markdown file.
type heading struct {
	title string
	line  int
	body  []string
}

// split cuts a Markdown file at its level-two headings. The first part, without
// a title, is what stands before them. Fenced code is not searched.
func split(text string) []heading {
	parts := []heading{{line: 1}}
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if title, ok := strings.CutPrefix(line, "## "); ok && !fenced {
			parts = append(parts, heading{title: strings.TrimSpace(title), line: i + 1})
			continue
		}
		last := &parts[len(parts)-1]
		last.body = append(last.body, line)
	}
	return parts
}

// begins is the line that the text begins on.
func (h heading) begins() int {
	for i, line := range h.body {
		if strings.TrimSpace(line) != "" {
			return h.line + 1 + i
		}
	}
	return h.line + 1
}

func (h heading) text() string { return strings.TrimSpace(strings.Join(h.body, "\n")) }

// readText reads lab.<lang>.md.
func readText(fsys fs.FS, file, lang string) (Text, []Finding) {
	raw, err := fs.ReadFile(fsys, file)
	if err != nil {
		return Text{}, []Finding{{File: file, Message: err.Error()}}
	}
	parts := split(string(raw))
	var t Text
	var findings []Finding
	first, rest, _ := strings.Cut(parts[0].text(), "\n")
	title, ok := strings.CutPrefix(first, "# ")
	if !ok {
		findings = append(findings, Finding{File: file, Line: 1, Message: "want \"# <title of the lab>\" in the first line"})
	}
	t.Title, t.Intro = strings.TrimSpace(title), strings.TrimSpace(rest)
	names := sections[lang]
	for _, part := range parts[1:] {
		m := taskHeading.FindStringSubmatch(part.title)
		switch {
		case m != nil:
			n, _ := strconv.Atoi(m[1])
			if n != len(t.Tasks)+1 {
				findings = append(findings, Finding{File: file, Line: part.line, Message: fmt.Sprintf("task %d follows task %d", n, len(t.Tasks))})
			}
			t.Tasks = append(t.Tasks, Task{N: n, Title: m[2], Body: part.text(), Line: part.begins()})
		case part.title == names.checked:
			t.Checked = part.text()
		case part.title == names.why:
			t.Why = part.text()
		default:
			want := fmt.Sprintf("heading %q: want \"1. …\", %q or %q", part.title, names.checked, names.why)
			findings = append(findings, Finding{File: file, Line: part.line, Message: want})
		}
	}
	_, wrong := t.questions()
	for _, f := range wrong {
		f.File = file
		findings = append(findings, f)
	}
	return t, findings
}

// readHints reads hints.<lang>.md: a heading for each task as in the lab's text,
// and below it one bullet for each tier.
func readHints(fsys fs.FS, file string) (map[int][]string, []Finding) {
	raw, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, []Finding{{File: file, Message: err.Error()}}
	}
	hints := make(map[int][]string)
	var findings []Finding
	for _, part := range split(string(raw))[1:] {
		m := taskHeading.FindStringSubmatch(part.title)
		if m == nil {
			findings = append(findings, Finding{File: file, Line: part.line, Message: fmt.Sprintf("heading %q: want a task's, such as \"1. …\"", part.title)})
			continue
		}
		n, _ := strconv.Atoi(m[1])
		hints[n] = bullets(part.body)
	}
	return hints, findings
}

// bullets returns the items of a list; an item's further lines are indented.
func bullets(lines []string) []string {
	var items []string
	for _, line := range lines {
		if item, ok := strings.CutPrefix(line, "- "); ok {
			items = append(items, item)
		} else if len(items) > 0 {
			items[len(items)-1] += " " + strings.TrimSpace(line)
		}
	}
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}
