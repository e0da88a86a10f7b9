package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// rows is what the terminal of a number shows, without the breaks of long lines.
const rows = `(n) => [...document.querySelectorAll(".console")[n].querySelectorAll(".xterm-rows > div")].map((r) => r.textContent.trimEnd()).join("")`

// shows waits until a terminal shows something.
func (v *visitor) shows(step, terminal, pattern string) {
	v.t.Helper()
	v.becomes(step, "/"+pattern+"/.test(("+rows+")("+terminal+").replaceAll('\u00a0', ' '))")
}

// TestConsole: a student types commands, completes, interrupts, opens a second terminal,
// comes back after a reload, submits and reads the verdict.
func TestConsole(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	const create = "kafka-topics --bootstrap-server localhost:9092 --create --topic user-events --partitions 3"
	const read = "kafka-console-consumer --bootstrap-server localhost:9092 --topic user-events --from-beginning --formatter-property print.key=true"
	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/kafka/first-topic"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.sees("what the page says is of terminals", "#see", "listed commands", "Type a command")
	v.becomes("no real broker is spoken of", `!document.querySelector("#backend")`)
	v.sees("the hint stands above the terminal, where words are not broken", ".console .hint", "Ctrl-D ends the input.")
	v.do("go there", click(".xterm"))
	v.do("create a topic", chromedp.KeyEvent(create), chromedp.KeyEvent(kb.Enter))
	v.shows("the topic is made", "0", `Created topic user-events`)
	v.becomes("the command is listed", `document.querySelector("#output .cm-content").textContent.includes("--create --topic user-events")`)
	v.do("complete the name of the topic and type on at once", chromedp.KeyEvent("kafka-console-producer --bootstrap-server localhost:9092 --topic us"+kb.Tab+"--reader-property parse.key=true --reader-property key.separator=:"+kb.Enter))
	v.shows("the broker is asked, and what was typed meanwhile comes after", "0", `kafka-console-producer --bootstrap-server localhost:9092 --topic user-events +--reader-property parse.key=true`)
	v.shows("the producer asks", "0", `key.separator=:.*>`)
	v.do("type a record", chromedp.KeyEvent("anna:looked 12"), chromedp.KeyEvent(kb.Enter))
	v.shows("the record is sent", "0", `anna:looked 12>`)
	v.do("end the input", press("d"))
	v.becomes("the records are listed", `/<<'EOF'.*anna:looked 12.*EOF/s.test(document.querySelector("#output .cm-content").textContent)`)

	v.do("a second terminal", click("#tabs button"), chromedp.KeyEvent(read), chromedp.KeyEvent(kb.Enter))
	v.shows("it reads", "1", `anna +looked 12`)
	v.sees("it is told that it runs and is not in the list", ".still", "--from-beginning", "Terminal 2 still runs this")
	v.becomes("nor is it there", `!document.querySelector("#output .cm-content").textContent.includes("--from-beginning")`)
	v.do("interrupt", press("c"))
	v.shows("it ends", "1", `Processed a total of 1 messages`)
	v.becomes("nothing runs any more", `document.querySelector(".still").childElementCount === 0`)
	v.becomes("the reading is listed", `document.querySelector("#output .cm-content").textContent.includes("--from-beginning")`)
	v.becomes("the draft is saved", `document.querySelector("#status").textContent.includes("Saved")`)
	v.accessible()

	v.do("come back", chromedp.Reload())
	v.shows("what was said is there", "1", `Processed a total of 1 messages`)
	v.becomes("so is the list", `document.querySelector("#output .cm-content").textContent.includes("--from-beginning")`)
	v.do("recall", click(".xterm"), chromedp.KeyEvent(kb.ArrowUp))
	v.shows("the last command", "0", `--from-beginning --formatter-property print.key=true`)

	v.do("submit", click("#submit"))
	v.sees("the verdict", "#verdict", "is missing")
	v.sees("what was right", "#verdict", "6 of 10")
}

// TestSubmitEndsWhatRuns: a consumer that still reads is in what is graded.
func TestSubmitEndsWhatRuns(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 820, 1180, true)
	v.do("open the lab", chromedp.Navigate(s.url+"ru/labs/kafka/first-topic"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.do("read what is not there yet", click(".xterm"), chromedp.KeyEvent("kafka-console-consumer --bootstrap-server localhost:9092 --topic user-events --from-beginning"+kb.Enter))
	v.sees("it runs", ".still", "--from-beginning", "Терминал 1 ещё выполняет")
	v.accessible()
	v.do("come back", chromedp.Reload())
	v.sees("it still does", ".still", "--from-beginning")
	v.do("submit", click("#submit"))
	v.becomes("it is in the list", `document.querySelector("#output .cm-content").textContent.includes("--from-beginning")`)
	v.becomes("nothing runs", `document.querySelector(".still").childElementCount === 0`)
	v.sees("there is a verdict", "#verdict h2", "user-events")
}

// TestTerminalBesideTheProgram: a lab with both kinds of steps has both, in their order,
// on one broker; the tabs work by keyboard.
func TestTerminalBesideTheProgram(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "labs"), os.DirFS("../../labs/testdata/beside")); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(t, "verify", "kafka/look-and-write", "--content", dir); code != exitPass {
		t.Errorf("the lab does not hold:\n%s%s", out, errs)
	}
	const tabs = `[...document.querySelectorAll("#tabs [role=tab]")]`
	solution, err := os.ReadFile("../../labs/testdata/beside/kafka/look-and-write/solution/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, narrow := range []bool{false, true} {
		width := 1440
		if narrow {
			width = 390
		}
		s := serveSite(t, t.TempDir(), "--content", dir) // where nothing has run or ended yet
		v := visit(t, width, 900, narrow)
		v.do("open the lab", chromedp.Navigate(s.url+"en/labs/kafka/look-and-write"))
		v.becomes("both are there, the terminal first and open", tabs+`.map((t) => t.textContent + t.ariaSelected).join() === "Terminaltrue,main.gofalse"`)
		v.becomes("it is drawn", `document.querySelector(".xterm-rows > div")?.checkVisibility() && !document.querySelector(".cm-content").checkVisibility()`)
		v.do("ask in it", click(".xterm"), chromedp.KeyEvent("kafka-topics --bootstrap-server localhost:9092 --list"+kb.Enter))
		v.shows("the lab's broker answers", "0", `visits`)
		v.accessible()
		v.do("to the program, with the keys", focus("#tabs [role=tab]"), key(kb.ArrowRight))
		v.becomes("it is seen, the terminal is not", `document.querySelector(".cm-content").checkVisibility() && !document.querySelector(".xterm").checkVisibility() && document.activeElement.textContent === "main.go"`)
		v.becomes("it has the page's colours", `getComputedStyle(document.querySelector(".cm-gutters")).backgroundColor === getComputedStyle(document.querySelector(".cm-editor")).backgroundColor && getComputedStyle(document.querySelector(".tok-string")).color !== getComputedStyle(document.querySelector(".cm-line")).color`)
		v.accessible()
		v.write(string(solution))
		v.do("run", press(kb.Enter))
		v.sees("it ends", "#status", "ended")
		v.do("back to the terminal", focus("#tabs [role=tab][aria-selected=true]"), key(kb.ArrowRight), click(".xterm"))
		v.do("read what the program wrote", chromedp.KeyEvent("kafka-console-consumer --bootstrap-server localhost:9092 --topic visits --from-beginning --max-messages 1"+kb.Enter))
		v.shows("it is there", "0", `came`)
		v.do("submit", click("#submit"))
		v.sees("the program is judged", "#verdict", "4 of 4")
	}
}

// TestConsoleOnAPhone: the plain field does the same.
func TestConsoleOnAPhone(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, true)
	v.do("open the lab", chromedp.Navigate(s.url+"ru/labs/kafka/first-topic"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.do("the plain form", click("#tabs .mode"))
	v.becomes("the field is there", `document.querySelector(".ask input")`)
	v.do("type", click(".ask input"), types("kafka-topics --bootstrap-server localhost:9092 --create --topic user-ev"), types("ents"), chromedp.KeyEvent(kb.Enter))
	v.sees("the answer", ".said", "Created topic user-events.")
	v.do("complete", types("kafka-top"), chromedp.KeyEvent(kb.Tab))
	v.becomes("the command", `document.querySelector(".ask input").value === "kafka-topics "`)
	v.do("recall", chromedp.KeyEvent(kb.ArrowUp))
	v.becomes("what was typed", `document.querySelector(".ask input").value.includes("--create")`)
	v.accessible()
	v.do("a long list", click(".listed .cm-content"), types(strings.Repeat("# nothing\n", 40)))
	v.becomes("covers nothing", `document.querySelectorAll(".listed .cm-line").length > 10 && document.querySelector(".listed").getBoundingClientRect().bottom <= document.querySelector("#see").getBoundingClientRect().top`)
}

// TestTerminalWithoutAServer: a line that does not arrive is not lost, in either form.
func TestTerminalWithoutAServer(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/kafka/first-topic"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.lost.Store(true)
	s.stop()
	v.sees("the page says so", "#status", "No connection to brokerlab")
	v.do("type", click(".xterm"), chromedp.KeyEvent("kafka-topics --list"+kb.Enter))
	v.shows("what was typed, and why not", "0", `kafka-topics --list.*\[No connection to brokerlab`)
	v.do("recall", chromedp.KeyEvent(kb.ArrowUp))
	v.shows("it is in the history", "0", `\].*\$ kafka-topics --list`)
}
