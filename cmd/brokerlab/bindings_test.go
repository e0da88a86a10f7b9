package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/brokerlab/brokerlab/labs"
)

// bindings is a file of the lab of patterns with some words in it.
func bindings(t *testing.T, file string, words map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../labs/content/rabbitmq/topic-patterns", file))
	if err != nil {
		t.Fatal(err)
	}
	filled, _ := labs.Fill(string(text), words).(string)
	return filled
}

// TestBindingsPath is what a student does in a lab of bindings: write, see the picture and
// the table follow, publish keys, mistype, mend it, run, submit, earn the points and then
// the bonus.
func TestBindingsPath(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	const picture = "#routing .player"
	row := func(key string) string {
		return `[...document.querySelectorAll(".routing-table tr")].find((r) => r.querySelector("th button")?.dataset.key === ` + quote(key) + `)`
	}

	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/rabbitmq/topic-patterns"))
	v.becomes("the picture is there", `document.querySelector(`+quote(picture)+`)?.textContent.includes("user.*")`)
	v.sees("the table says how far it is", ".routing-sum", "of 12 right", "1 binding")
	keys, err := ask[[]string](v, `[...document.querySelectorAll(".routing-table th button")].map((b) => b.dataset.key)`)
	if err != nil || len(keys) != 12 {
		t.Fatalf("the table has %q: %v", keys, err)
	}
	failure := strings.Split(keys[9], ".") // this student's words: user.login, user.profile and user.card.failed
	words := map[string]string{"sign": keys[0][len("user."):], "area": keys[2][len("user."):], "bad": failure[2]}
	solution := bindings(t, "solution/bindings.yaml", words)

	v.write("exchange: user_events\nbindings:\n  - {queue: audit, pattern: \"#\"}\n")
	v.becomes("the picture follows", `(() => { const text = document.querySelector(`+quote(picture)+`).textContent; return text.includes("#") && !text.includes("user.*"); })()`)
	stray := "admin." + words["sign"]
	v.becomes("a key goes astray, and it is said in words", row(stray)+`?.querySelector("td.stray")?.textContent.includes("arrives, not wanted: #")`)
	v.becomes("another is missed", row(stray)+`?.querySelector("td.missing")?.textContent.includes("wanted, does not arrive")`)
	v.do("to the binding that let it in", chromedp.Evaluate[chromedp.Void](row(stray)+`.querySelector("td.stray button").click()`))
	v.becomes("the line is shown", `document.querySelector(".cm-activeLine")?.textContent.includes("queue: audit")`)

	v.do("publish a key of one's own, by keyboard", chromedp.Focus(chromedp.CSS("#routing-key")), types("user.of.mine"), chromedp.KeyEvent(kb.Enter))
	v.becomes("it stands in the table", row("user.of.mine")+`?.querySelector("td.here")`)
	v.sees("and in the queue", picture, "1 ready")

	v.write("exchange: user_events\nbindings:\n  - {queue: audit, pattern: *.x}\n")
	v.sees("a file that is no YAML says why", ".routing-why", "bindings.yaml, line 3", "*.x into quotes", "last one that could be drawn")
	v.becomes("and the last picture stays", `document.querySelector(`+quote(picture)+`).textContent.includes("1 ready")`)
	v.sees("the editor says so, too", ".compiles", "1 problem")

	v.write(solution + "  - {queue: security, pattern: user.password.*}\n")
	v.sees("all is right", ".routing-sum", "12 of 12 right", "7 bindings")
	v.do("run", press(kb.Enter))
	v.sees("the bindings are made", "#output", "user_events → audit  user.#", "user."+words["area"]+" → audit, profiles", "The bindings stand")
	v.becomes("the broker of the page is shown", `!document.querySelector("#state").hidden && document.querySelector("#routing").hidden`)

	v.do("submit", click("#submit"))
	v.sees("passed without the bonus", "#verdict", "Every key is where it belongs", "8 of 10 points", "7 bindings, where 6 would do: 2 more points")
	v.write(solution)
	v.becomes("what is written is shown again", `!document.querySelector("#routing").hidden`)
	v.do("submit again", click("#submit"))
	v.sees("the bonus, too", "#verdict", "10 of 10 points")
}

// TestBindingsOnAPhone: the table fits a narrow screen in both languages, and nothing
// scrolls sideways.
func TestBindingsOnAPhone(t *testing.T) {
	s := serveSite(t, t.TempDir())
	for lang, want := range map[string]string{"en": "of 12 right", "ru": "Верно "} {
		v := visit(t, 390, 844, lang == "ru")
		v.do("open the lab", chromedp.Navigate(s.url+lang+"/labs/rabbitmq/topic-patterns"))
		v.sees("the table", ".routing-sum", want)
		v.becomes("it fits", `document.documentElement.scrollWidth <= innerWidth && document.querySelector(".routing-table").scrollWidth <= document.querySelector(".routing-table").clientWidth`)
		v.becomes("keys can be pressed", `[...document.querySelectorAll(".routing-table th button")].every((b) => b.getBoundingClientRect().height >= 44)`)
		v.write("exchange: user_events\nbindings:\n  - {queue: audit, pattern: *.x}\n")
		v.sees("why it is no YAML", ".routing-why", "bindings.yaml", "*.x")
		v.becomes("that fits, too", `document.documentElement.scrollWidth <= innerWidth && document.querySelector(".routing-why").scrollWidth <= document.querySelector(".routing-why").clientWidth`)
		v.accessible()
		v.write("exchange: user_events\nbindings:\n  - {queue: audit, pattern: \"#\"}\n") // for the other language
		v.sees("mended", ".routing-sum", want)
		v.becomes("saved", `/Saved|Сохранено/.test(document.querySelector("#status").textContent)`)
	}
}

// TestBindingsByCommand: a file of any name is that of the lab.
func TestBindingsByCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	set, err := labs.Load(labs.Content)
	lab, ok := set.Lab("rabbitmq/topic-patterns")
	if err != nil || !ok {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(bindings(t, "solution/bindings.yaml", lab.Variant(1))), 0o600); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"grade": "10 / 10", "run": "→ audit, profiles"} {
		var out, said bytes.Buffer
		code := run(t.Context(), []string{command, lab.ID, file, "--lang=en"}, strings.NewReader(""), &out, &said)
		if code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit %d, said %s%s", command, code, out.String(), said.String())
		}
	}
}
