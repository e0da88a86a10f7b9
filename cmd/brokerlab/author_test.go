package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// lesson stands for a page of ownContent in both languages.
const lesson = "lesson"

// ownContent adds a new lesson, the one that README shows, and a new lab, the work
// queue under another name, to a folder of content. Both have suffix in their names.
// It returns the page's files and the lab's folder.
func ownContent(t *testing.T, dir, suffix string) (pages []string, lab string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile("(?s)\n````markdown\n(.*?)\n````\n").FindSubmatch(readme)
	if text == nil {
		t.Fatal("README has no block ````markdown with a lesson")
	}
	own := strings.NewReplacer("id: rabbitmq-my-page", "id: rabbitmq-my-page"+suffix, "id: rabbitmq-my-question", "id: rabbitmq-my-question"+suffix).Replace(string(text[1]))
	for _, lang := range []string{"en", "ru"} {
		page := "course/" + lang + "/02-rabbitmq/30-my-page" + suffix + ".md"
		write(t, filepath.Join(dir, page), own+"\n")
		pages = append(pages, page)
	}
	lab = "labs/rabbitmq/my-lab" + suffix + "/"
	from := os.DirFS("../../labs/content/rabbitmq/work-queue")
	err = fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(from, name)
		if err == nil {
			write(t, filepath.Join(dir, lab, name), string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages, lab
}

// TestMistakesOfAuthors makes a mistake in each of many new lessons and labs, and
// reads where lint finds it and what it expects. Nothing else is found in them.
func TestMistakesOfAuthors(t *testing.T) {
	needBuilt(t)
	dir := t.TempDir()
	ownContent(t, dir, "") // without a mistake
	var want []string
	for n, tt := range []struct{ name, file, from, to, want string }{
		{"a field's name", lesson, "checked: ", "chekced: ", `field "chekced" is unknown, expected one of checked, id, labs, minutes, objectives, summary, title`},
		{"a field's form", lesson, "minutes: 18", "minutes: some", `found "some", expected a whole number from 1 to 90`},
		{"a kind of fence", lesson, "```quiz", "```quizz", `fence "quizz" is unknown, expected a language of code such as go, yaml or text, or `},
		{"a lab that is not there", lesson, "```lab rabbitmq/work-queue", "```lab rabbitmq/work-queues", `lab "rabbitmq/work-queues" is unknown`},
		{"a kind of note", lesson, "> [!NOTE]", "> [!HINT]", `note [!HINT] is unknown, expected one of CAREFUL, HISTORY, NOTE, TIP, WARNING`},
		{"a lab's fence left open", lesson, "```lab rabbitmq/work-queue\n```", "```lab rabbitmq/work-queue\n", `fence lab holds "` + "```quiz" + `", expected nothing before the line that closes it`},
		{"a fence left open", lesson, "```quiz\n", "````quiz\n", `fence is not closed: expected a line that is only the marks it began with, such as ` + "```"},

		{"a field's name in lab.yaml", "lab.yaml", "minutes: 30", "minuets: 30", `field "minuets" is unknown, expected one of attempts, brokers, `},
		{"a chapter", "lab.yaml", "chapter: rabbitmq", "chapter: rabitmq", `chapter: found "rabitmq", expected one of `},
		{"a property", "lab.yaml", "property: prefetch-at-most", "property: prefetch-most", `check "prefetch": property: found "prefetch-most", expected one of `},
		{"a schedule", "lab.yaml", "schedule: sweep", "schedule: sweeep", `schedule "sweeep": unknown kind, want none, refuse, sweep, crash, disconnect, `},
		{"a fact in a message", "lab.yaml", "Order {{.Label}} was lost", "Order {{.Labl}} was lost", `check "nothing-lost": on_fail: lost in "en": sentence: found .Labl, expected a fact: one of .`},
		{"a name that no variant fills", "lab.ru.md", "# ", "# ${цена}: ", `found ${цена}, expected a name of variants: first, poison`},
		{"a heading", "lab.en.md", "## Checked", "## Graded", `heading "Graded": want "1. …", "Checked" or "Why it matters"`},
		{"a check that is not there", "wrong/ack-first/main.go", "// expect: ", "// expect: no-", `expects check "no-nothing-lost", which does not exist, expected one of prefetch, `},
		{"a program that is none", "solution/main.go", "func main() {", "func main( {", `is no Go program: expected ')', found '{'`},
	} {
		files, lab := ownContent(t, dir, fmt.Sprint("-", n+1))
		if tt.file != lesson {
			files = []string{lab + tt.file}
		}
		for _, file := range files {
			raw, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			before, _, ok := strings.Cut(string(raw), tt.from)
			if !ok {
				t.Fatalf("%s: %s does not hold %q", tt.name, file, tt.from)
			}
			write(t, filepath.Join(dir, file), strings.Replace(string(raw), tt.from, tt.to, 1))
			want = append(want, fmt.Sprintf("%s:%d: %s", file, 1+strings.Count(before, "\n"), tt.want))
		}
	}
	code, out, errs := command(t, "lint", dir)
	if code != exitFail {
		t.Errorf("lint exits with %d, want %d: %s", code, exitFail, errs)
	}
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "my-page") && !strings.Contains(line, "my-lab") {
			continue // of the course that is built in
		}
		i := slices.IndexFunc(want, func(w string) bool { return strings.HasPrefix(line, w) })
		if i < 0 {
			t.Errorf("lint says what nobody asked for:\n%s", line)
			continue
		}
		want = slices.Delete(want, i, i+1)
	}
	for _, line := range want {
		t.Errorf("lint does not say\n%s", line)
	}
}

// TestContentWithoutRestart: a new lesson and a new lab appear while brokerlab runs.
func TestContentWithoutRestart(t *testing.T) {
	dir := t.TempDir()
	s := serveSite(t, t.TempDir(), "--content", dir)
	status := func(page string) int {
		resp, err := http.Get(s.url + page)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	pages := []string{"en/rabbitmq/my-page", "ru/rabbitmq/my-page", "en/labs/rabbitmq/my-lab", "ru/labs/rabbitmq/my-lab"}
	for _, page := range pages {
		if got := status(page); got != http.StatusNotFound {
			t.Errorf("%s answers %d before it is written, want %d", page, got, http.StatusNotFound)
		}
	}
	ownContent(t, dir, "")
	for _, page := range pages {
		deadline := time.Now().Add(patience)
		for status(page) != http.StatusOK {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not there, %s after it was written", page, patience)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}
