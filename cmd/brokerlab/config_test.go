package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConfigPath is what a student does in a lab of files: mistype, mend it, be refused by
// Connect at a line, put it right, run, submit.
func TestConfigPath(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	solution := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../../labs/content/kafka/connect/solution", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	open := func(name string) chromedp.Action[chromedp.Void] {
		return chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#tabs button")].find((b) => b.textContent.includes(` + quote(name) + `)).click()`)
	}

	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/kafka/connect"))
	v.becomes("the editor is there", `document.querySelector(".cm-content")`)
	v.sees("the files are right", ".compiles", "no mistakes")

	v.do("the source", open("source.json"))
	v.write(`{"name": "articles-source", "config": {"mode": "never"}}`)
	v.sees("mistakes are told", ".compiles", "problems")
	v.do("look at them", chromedp.Evaluate[chromedp.Void](`document.querySelector(".compiles").click()`))
	v.sees("which", ".problems", "config.mode", "never", "config.connector.class is missing")

	v.write(solution("source.json"))
	v.do("the sink", open("sink.json"))
	v.write(`{"name": "articles-sink", "config": {"connector.class": "SearchSink",
"topics": "shop-articles",
"connection.url": "http://nowhere"}}`)
	v.sees("nothing to object to", ".compiles", "no mistakes")
	v.do("run", press(kb.Enter))
	v.sees("Connect objects", "#status", "refused by Connect: sink.json, line 3")
	v.do("stop", click("#run"))
	v.sees("it has ended", "#run", "Run") // before that it cannot be run again

	v.write(solution("sink.json"))
	v.sees("right again", ".compiles", "no mistakes")
	v.do("run again", press(kb.Enter))
	v.sees("it runs", "#status", "Applied: 2 connectors")
	v.sees("and the picture names them", "#state", "articles-sink, articles-source")
	v.becomes("documents are stored", `document.querySelector("#state")?.textContent.includes("search") && [...document.querySelectorAll(".rows th[scope=row]")].some(th => th.textContent === "effect")`)
	v.do("submit", click("#submit"))
	v.sees("the verdict", "#verdict", "The copy is right")
}
