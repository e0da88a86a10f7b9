package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const workQueue = "../../labs/content/rabbitmq/work-queue/"

// source reads a program of the lab, without what only authors write into it.
func source(t *testing.T, attempt string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(workQueue, attempt, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, program, found := strings.Cut(string(text), "package main\n")
	if !found {
		t.Fatalf("%s has no package clause", attempt)
	}
	return "package main\n" + program
}

// write puts a whole program into the editor, as pasting it would.
func (v *visitor) write(program string) {
	v.t.Helper()
	v.do("replace the program",
		chromedp.Focus(chromedp.CSS(".cm-content")),
		press("a"),
		paste(program),
	)
}

// paste hands the text over as a clipboard would, so that the editor does not
// indent it a second time.
func paste(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](`(() => {
		const data = new DataTransfer();
		data.setData("text/plain", ` + quote(text) + `);
		document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
	})()`)
}

// TestStudentPath is what a student does on the first day: read, open the lab,
// mistype, mend it, run, submit, read the verdict, come back later, and change
// the language. An error in the browser's console fails it.
func TestStudentPath(t *testing.T) {
	data := t.TempDir()
	s := serveSite(t, data)
	v := visit(t, 1440, 900, false)

	v.do("open the course", chromedp.Navigate(s.url+"en/"))
	v.sees("course", "main", "Kafka", "RabbitMQ", "Choosing")
	v.do("read", click(`a[href$="/acknowledgements"]`))
	v.sees("page", "article", "Acknowledgements", "prefetch")
	v.do("open the lab", click(`article a[href$="/labs/rabbitmq/work-queue"]`))
	v.sees("lab", "#text", "A work queue that loses nothing")
	v.becomes("the editor is there", `document.querySelector(".cm-content")`)

	v.sees("the starter compiles", ".compiles", "compiles")
	v.write(source(t, "wrong/ack-first"))
	v.do("type an error", chromedp.KeyEvent("x"))
	v.becomes("the error is marked", `document.querySelector(".cm-lintRange-error, .cm-lint-marker-error")`)
	v.do("mend it", chromedp.KeyEvent(kb.Backspace))
	v.becomes("the mark is gone", `!document.querySelector(".cm-lintRange-error, .cm-lint-marker-error")`)
	v.sees("it compiles", ".compiles", "✓ compiles")

	v.do("run by keyboard", press(kb.Enter))
	v.becomes("the journal fills", `[...document.querySelectorAll(".rows th[scope=row]")].some(th => th.textContent === "delivered")`)
	v.becomes("the queue is drawn", `document.querySelector("#state svg")`)
	v.sees("what the broker holds", "#state", "orders")

	v.do("submit", click("#submit"))
	v.sees("the verdict", "#verdict", "Order ")
	v.becomes("it failed", `document.querySelector("#verdict").dataset.status === "failed"`)
	v.becomes("the strip shows every fault point", `document.querySelectorAll("#verdict .strip button").length >= 20`)
	v.becomes("why names a line", `document.querySelector("#verdict .why .line")`)
	sentence := v.text("#verdict .sentence")
	if sentence == "" {
		t.Fatal("the verdict has no sentence")
	}
	v.do("ask for a hint", click("#verdict details.hint summary"))
	v.becomes("the hint opens", `document.querySelector("#verdict details.hint[open] p")?.textContent.length > 20`)

	v.becomes("the failing run is open", `/ of \d+: /.test(document.querySelector(".track input").getAttribute("aria-valuetext"))`)
	v.do("look at the frame", click(".tabs-of :nth-child(3)"))
	v.sees("the frame that caused it", ".frame", "basic.")
	v.do("ask what became of the order", click(".ways-on button:nth-child(2)"))
	v.sees("its life", ".life", "delivered", "acked")
	v.do("read it as a table", click(".modes button:nth-child(2)"))
	v.sees("the places", ".places", "orders", "ledger")

	v.do("reload", chromedp.Reload())
	v.sees("the verdict is still there", "#verdict", sentence)
	v.sees("the program is still there", ".cm-content", "Charge")

	v.write(source(t, "solution"))
	v.do("submit the mended program", click("#submit"))
	v.becomes("it passes", `document.querySelector("#verdict").dataset.status === "passed"`)

	v.do("switch to Russian", click(`nav.lang a[hreflang=ru], .lang a[hreflang=ru]`))
	v.sees("the lab in Russian", "#text", "Очередь задач, которая ничего не теряет")
	v.becomes("the verdict in Russian", `/[а-я]/.test(document.querySelector("#verdict .sentence")?.textContent ?? "")`)
	v.do("back to the course", chromedp.Navigate(s.url+"ru/"))
	v.sees("the course knows", "main", "RabbitMQ")
}

// TestNothingIsLostWhenTheBrowserIsClosed closes the tab right after typing, and
// stops brokerlab, and finds the text again.
func TestNothingIsLostWhenTheBrowserIsClosed(t *testing.T) {
	data := t.TempDir()
	s := serveSite(t, data)
	v := visit(t, 1280, 800, true)
	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/rabbitmq/work-queue"))
	v.becomes("the editor is there", `document.querySelector(".cm-content")`)
	v.do("write and leave at once", chromedp.Focus(chromedp.CSS(".cm-content")), types("// remember me\n"), chromedp.Navigate("about:blank"))
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) { // the request that leaves with the page
		if strings.Contains(string(s.get(t, http.MethodGet, "api/labs/rabbitmq/work-queue", nil)), "// remember me") {
			break
		}
		if time.Since(start) > patience {
			t.Fatal("what was typed does not arrive")
		}
	}
	s.stop()

	again := serveSite(t, data)
	w := visit(t, 1280, 800, false)
	w.do("come back", chromedp.Navigate(again.url+"en/labs/rabbitmq/work-queue"))
	w.sees("what was typed", ".cm-content", "// remember me")
}

// TestReadingWorksWithoutJavaScript reads the course and the lab's text with scripts off.
func TestReadingWorksWithoutJavaScript(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, false)
	v.do("scripts off", scriptsOff())
	for _, tt := range []struct{ path, want string }{
		{"en/", "Choosing"}, {"ru/", "RabbitMQ"}, {"en/rabbitmq/acknowledgements", "Acknowledgements"},
		{"ru/rabbitmq/acknowledgements", "Подтверждения"}, {"en/labs/rabbitmq/work-queue", "A work queue that loses nothing"},
	} {
		v.do("read "+tt.path, chromedp.Navigate(s.url+tt.path))
		html, err := chromedp.Run(v.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(html, tt.want) {
			t.Errorf("/%s without scripts lacks %q", tt.path, tt.want)
		}
	}
}

// TestPlainEditor edits and runs without the rich editor.
func TestPlainEditor(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, false)
	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/rabbitmq/work-queue"))
	v.becomes("the editor is there", `document.querySelector(".cm-content, #editor textarea")`)
	v.becomes("nothing is wider than the phone", `document.documentElement.scrollWidth <= innerWidth`)
}

// TestScreenshots photographs every page type, where BROKERLAB_SCREENSHOTS names a folder.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BROKERLAB_SCREENSHOTS")
	if dir == "" {
		t.Skip("set BROKERLAB_SCREENSHOTS to a folder, or run make screenshots")
	}
	s := serveSite(t, t.TempDir())
	first := visit(t, 1440, 900, false)
	first.do("open the lab", chromedp.Navigate(s.url+"en/labs/rabbitmq/work-queue"))
	first.becomes("the editor is there", `document.querySelector(".cm-content")`)
	first.write(source(t, "wrong/ack-first"))
	first.do("submit", click("#submit"))
	first.becomes("verdict", `document.querySelector("#verdict").dataset.status === "failed"`)
	pages := map[string]string{"course": "", "page": "rabbitmq/acknowledgements", "lab": "labs/rabbitmq/work-queue", "replay": "replays/1", "missing": "nowhere"}
	for _, width := range []int{390, 820, 1440} {
		for _, dark := range []bool{false, true} {
			v := visit(t, width, 900, dark)
			for _, lang := range []string{"en", "ru"} {
				for name, path := range pages {
					v.photograph(s, dir, name, lang, path, width, dark)
				}
			}
		}
	}
}
