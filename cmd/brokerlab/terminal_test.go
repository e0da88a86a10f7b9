package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTerminalOfALesson: a reader runs the commands of a page one after the other, types
// one by hand, sees the broker change, starts over, and comes back to what still runs.
func TestTerminalOfALesson(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	run := func(n string) chromedp.Action[chromedp.Void] {
		return click("#console-kafka-tools li:nth-child(" + n + ") [data-run]")
	}
	v.do("open the page", chromedp.Navigate(s.url+"en/kafka/running-kafka"))
	v.becomes("no terminal is open", `document.querySelector("#console-kafka-tools .try-open").hidden === false && !document.querySelector(".xterm")`)
	v.do("run the first command", run("1"))
	v.shows("the topic is made", "0", `Created topic user-events`)
	v.becomes("the picture is under it", `(document.querySelector("#console-kafka-tools .try-view").scrollIntoView({ block: "end" }), true)`)
	v.becomes("and shows it", `document.querySelector("#console-kafka-tools .try-view").textContent.includes("user-events/2")`)
	v.do("write events", run("3"))
	v.shows("the command is over", "0", `EOF.*\$ *$`)
	v.do("read them", run("4"))
	v.shows("they arrive", "0", `anna +paid`)
	v.do("write one more while the consumer runs", run("5"))
	v.shows("in a terminal of its own", "1", `anna:left`)
	v.shows("the consumer gets it", "0", `anna +left`)
	v.do("type a command", click(".console:nth-child(2) .xterm"), chromedp.KeyEvent("kafka-topics --bootstrap-server localhost:9092 --create --topic other"), chromedp.KeyEvent(kb.Enter))
	v.becomes("the picture has it too", `document.querySelector("#console-kafka-tools .try-view").textContent.includes("other/0")`)
	v.accessible()

	v.do("come back", chromedp.Navigate(s.url+"ru/kafka/running-kafka"))
	v.do("run the first command again", run("1"))
	v.shows("not in the terminal in which the consumer runs", "1", `user-events' already exists`)
	v.do("start over", click(".try-bar button:last-child"))
	v.sees("it is said", ".try-said", "Брокер снова такой")
	v.accessible()

	v.do("take the plain field", click(".try-bar .mode"))
	v.becomes("it fits", `[...document.querySelectorAll(".console .ask button")].every((b) => b.getBoundingClientRect().right < b.closest(".console").getBoundingClientRect().right)`)
	v.do("make the topic and look at it", run("1"), run("2"))
	v.becomes("rows of a table are kept whole", `document.querySelectorAll(".console .said .row").length >= 4`)
}

// TestTerminalMistakes: lint runs the commands of lessons, and says which do not work.
func TestTerminalMistakes(t *testing.T) {
	needBuilt(t)
	dir := t.TempDir()
	raw, err := os.ReadFile("../../course/content/en/01-kafka/07-running-kafka.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for from, to := range map[string]string{
		"--partitions 3": "--partishions 3", "--describe --group mailer": "--describe --group mailr", "    stays: true\n": "",
		"retention.ms=86400000\n": "retention.ms=86400000\n    stays: true\n",
	} {
		if !strings.Contains(text, from) {
			t.Fatalf("the page does not hold %q", from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	write(t, filepath.Join(dir, "course/en/01-kafka/07-running-kafka.md"), text)
	_, out, _ := command(t, "lint", dir)
	for _, want := range []string{
		`console "kafka-tools": command "kafka-topics --bootstrap-server localhost:9092 --create \\": ends with 1: partishions is not a recognized option`,
		`command "kafka-configs --bootstrap-server localhost:9092 --alter \\": stays: true, but it ended: `,
		"does not end within ", "; give it an end, such as --max-messages, or say stays: true",
		`course/ru/01-kafka/07-running-kafka.md:`, // the translation has other commands
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lint does not say %s:\n%s", want, out)
		}
	}
}
