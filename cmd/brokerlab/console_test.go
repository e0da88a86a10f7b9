package main

import (
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
	const read = "kafka-console-consumer --bootstrap-server localhost:9092 --topic user-events --from-beginning --property print.key=true"
	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/kafka/first-topic"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.do("go there", click(".xterm"))
	v.do("create a topic", chromedp.KeyEvent(create), chromedp.KeyEvent(kb.Enter))
	v.shows("the topic is made", "0", `Created topic user-events`)
	v.becomes("the command is listed", `document.querySelector("#output .cm-content").textContent.includes("--create --topic user-events")`)
	v.do("complete the name of the topic", chromedp.KeyEvent("kafka-console-producer --bootstrap-server localhost:9092 --topic us"), chromedp.KeyEvent(kb.Tab))
	v.shows("the broker is asked", "0", `kafka-console-producer --bootstrap-server localhost:9092 --topic user-events`)
	v.do("produce", chromedp.KeyEvent("--property parse.key=true --property key.separator=:"), chromedp.KeyEvent(kb.Enter))
	v.shows("the producer asks", "0", `key.separator=:.*>`)
	v.do("type a record", chromedp.KeyEvent("anna:looked 12"), chromedp.KeyEvent(kb.Enter))
	v.shows("the record is sent", "0", `anna:looked 12>`)
	v.do("end the input", press("d"))
	v.becomes("the records are listed", `/<<'EOF'.*anna:looked 12.*EOF/s.test(document.querySelector("#output .cm-content").textContent)`)

	v.do("a second terminal", click("#tabs button"), chromedp.KeyEvent(read), chromedp.KeyEvent(kb.Enter))
	v.shows("it reads", "1", `anna +looked 12`)
	v.do("interrupt", press("c"))
	v.shows("it ends", "1", `Processed a total of 1 messages`)
	v.becomes("the reading is listed", `document.querySelector("#output .cm-content").textContent.includes("--from-beginning")`)
	v.becomes("the draft is saved", `document.querySelector("#status").textContent.includes("Saved")`)
	v.accessible()

	v.do("come back", chromedp.Reload())
	v.shows("what was said is there", "1", `Processed a total of 1 messages`)
	v.becomes("so is the list", `document.querySelector("#output .cm-content").textContent.includes("--from-beginning")`)
	v.do("recall", click(".xterm"), chromedp.KeyEvent(kb.ArrowUp))
	v.shows("the last command", "0", `--from-beginning --property print.key=true`)

	v.do("submit", click("#submit"))
	v.sees("the verdict", "#verdict", "is missing")
	v.sees("what was right", "#verdict", "6 of 10")
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
}
