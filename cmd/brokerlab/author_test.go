package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	lessonEN = "course/en/02-rabbitmq/30-my-page.md"
	lessonRU = "course/ru/02-rabbitmq/30-my-page.md"
	ownLab   = "labs/rabbitmq/my-lab/"
)

// ownContent makes a folder of content with a new lesson, the one that README
// shows, and a new lab, the work queue under another name.
func ownContent(t *testing.T, dir string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	lesson := regexp.MustCompile("(?s)\n````markdown\n(.*?)\n````\n").FindSubmatch(readme)
	if lesson == nil {
		t.Fatal("README has no block ````markdown with a lesson")
	}
	for _, file := range []string{lessonEN, lessonRU} {
		write(t, filepath.Join(dir, file), string(lesson[1])+"\n")
	}
	from := os.DirFS("../../labs/content/rabbitmq/work-queue")
	err = fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(from, name)
		if err == nil {
			write(t, filepath.Join(dir, ownLab, name), string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ownFindings are the lines of lint about the content of ownContent.
func ownFindings(out string) []string {
	var own []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, lessonEN) || strings.HasPrefix(line, lessonRU) || strings.HasPrefix(line, ownLab) {
			own = append(own, strings.TrimSuffix(line, "\n"))
		}
	}
	return own
}

// TestMistakesOfAuthors makes one mistake after the other in a new lesson and a new
// lab, and reads where lint finds it and what it expects. Nothing else is found.
func TestMistakesOfAuthors(t *testing.T) {
	clean := t.TempDir()
	ownContent(t, clean)
	if _, out, _ := command(t, "lint", clean); len(ownFindings(out)) > 0 {
		t.Fatalf("lint of content without a mistake says\n%s", out)
	}
	both := func(file string) []string {
		if file == lessonEN {
			return []string{lessonEN, lessonRU}
		}
		return []string{file}
	}
	for _, tt := range []struct{ name, file, from, to, want string }{
		{"a field's name", lessonEN, "checked: ", "chekced: ", `field "chekced" is unknown, expected one of checked, id, labs, minutes, objectives, summary, title`},
		{"a field's form", lessonEN, "minutes: 18", "minutes: some", `found "some", expected a whole number from 1 to 90`},
		{"a kind of fence", lessonEN, "```quiz", "```quizz", `fence "quizz" is unknown, expected a language of code such as go, yaml or text, or `},
		{"a lab that is not there", lessonEN, "```lab rabbitmq/work-queue", "```lab rabbitmq/work-queues", `lab "rabbitmq/work-queues" is unknown`},
		{"a kind of note", lessonEN, "> [!NOTE]", "> [!HINT]", `note [!HINT] is unknown, expected one of CAREFUL, HISTORY, NOTE, TIP, WARNING`},
		{"a fence left open", lessonEN, "```quiz\n", "````quiz\n", `fence is not closed: expected a line that is only the marks it began with, such as ` + "```"},

		{"a field's name in lab.yaml", ownLab + "lab.yaml", "minutes: 30", "minuets: 30", `field "minuets" is unknown, expected one of attempts, brokers, `},
		{"a chapter", ownLab + "lab.yaml", "chapter: rabbitmq", "chapter: rabitmq", `chapter: found "rabitmq", expected one of `},
		{"a property", ownLab + "lab.yaml", "property: prefetch-at-most", "property: prefetch-most", `check "prefetch": property: found "prefetch-most", expected one of `},
		{"a schedule", ownLab + "lab.yaml", "schedule: sweep", "schedule: sweeep", `schedule "sweeep": unknown kind, want none, refuse, sweep, crash, disconnect, `},
		{"a fact in a message", ownLab + "lab.yaml", "Order {{.Label}} was lost", "Order {{.Labl}} was lost", `check "nothing-lost": on_fail: lost in "en": sentence: found .Labl, expected a fact: one of .`},
		{"a name that no variant fills", ownLab + "lab.ru.md", "# ", "# ${цена}: ", `found ${цена}, expected a name of variants: first, poison`},
		{"a heading", ownLab + "lab.en.md", "## Checked", "## Graded", `heading "Graded": want "1. …", "Checked" or "Why it matters"`},
		{"a check that is not there", ownLab + "wrong/ack-first/main.go", "// expect: ", "// expect: no-", `expects check "no-nothing-lost", which does not exist, expected one of prefetch, `},
		{"a program that is none", ownLab + "solution/main.go", "func main() {", "func main( {", `is no Go program: expected ')', found '{'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			ownContent(t, dir)
			var want []string
			for _, file := range both(tt.file) {
				raw, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				before, _, ok := strings.Cut(string(raw), tt.from)
				if !ok {
					t.Fatalf("%s does not hold %q", file, tt.from)
				}
				write(t, filepath.Join(dir, file), strings.Replace(string(raw), tt.from, tt.to, 1))
				want = append(want, fmt.Sprintf("%s:%d: %s", file, 1+strings.Count(before, "\n"), tt.want))
			}
			code, out, errs := command(t, "lint", dir)
			got := ownFindings(out)
			right := code == exitFail && len(got) == len(want)
			for i := range want {
				right = right && strings.HasPrefix(got[i], want[i])
			}
			if !right {
				t.Errorf("lint exits with %d and says\n%s%s\nwant %d and\n%s", code, out, errs, exitFail, strings.Join(want, "\n"))
			}
		})
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
	ownContent(t, dir)
	for _, page := range pages {
		deadline := time.Now().Add(time.Minute)
		for status(page) != http.StatusOK {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not there a minute after it was written", page)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}
