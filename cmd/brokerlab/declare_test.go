package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/brokerlab/brokerlab/labs"
)

// typed are the lines of a session of a lab at a terminal, with its words filled in as
// this student has them: they stand in the page.
func (v *visitor) typed(lab string) []string {
	v.t.Helper()
	text, err := os.ReadFile("../../labs/content/" + lab + "/solution/session.txt")
	if err != nil {
		v.t.Fatal(err)
	}
	page, err := ask[string](v, `document.querySelector("#text").textContent`)
	if err != nil {
		v.t.Fatal(err)
	}
	set, err := labs.Load(labs.Content)
	if err != nil {
		v.t.Fatal(err)
	}
	drawn, _ := set.Lab(lab)
	for seed := range uint64(500) {
		words := drawn.Variant(seed)
		all := true
		for _, word := range words {
			all = all && strings.Contains(page, word)
		}
		if all {
			session, _ := labs.Fill(string(text), words).(string)
			return strings.Split(strings.TrimSpace(session), "\n")
		}
	}
	v.t.Fatalf("no variant of %s is in the page", lab)
	return nil
}

// enter types a command into a terminal.
func enter(command string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(command + kb.Enter)
}

// TestDeclareAtATerminal: an exchange of the wrong type is told first, with its line, and
// its replay names what was published; after a mistyped flag and a reset the right
// commands pass.
func TestDeclareAtATerminal(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	v.do("open the lab", chromedp.Navigate(s.url+"en/labs/rabbitmq/declare"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.do("misspell a flag", click(".xterm"), enter("rabbitmqadmin declare exchange --nme user_events"))
	v.shows("it is said", "0", `unexpected argument '--nme' found`)
	v.do("leave the type out", enter("rabbitmqadmin declare exchange --name user_events"))
	v.becomes("the command is listed, the mistyped one is not", `/--name user_events/.test(document.querySelector("#output .cm-content").textContent) && !/--nme/.test(document.querySelector("#output .cm-content").textContent)`)
	v.do("submit", click("#submit"))
	v.sees("the type comes first, before what is not there yet", "#verdict", "user_events is an exchange of the type direct, not topic", "line 1", "0 of 10")
	v.becomes("its replay speaks of commands, and calls probes by their keys", `/the commands are run/.test(document.querySelector("#state").textContent) && /event user.created/.test(document.querySelector("#state").textContent) && !/program|\{"\*"/.test(document.querySelector("#state .journal")?.textContent ?? "")`)
	v.accessible()

	v.do("delete it", click(".xterm"), enter("rabbitmqadmin delete exchange --name user_events"))
	for _, line := range v.typed("rabbitmq/declare") {
		v.do("type "+line, enter(line))
		v.becomes("it is listed", `document.querySelector("#output .cm-content").textContent.includes(`+quote(line)+`)`)
	}
	v.do("submit again", click("#submit"))
	v.sees("passed", "#verdict", "10 of 10")
}

// TestVhostsAtATerminal: a virtual host without its slash is another one; a command that
// the broker refused stays in the list, and what was proved passes.
func TestVhostsAtATerminal(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, true)
	v.do("open the lab", chromedp.Navigate(s.url+"ru/labs/rabbitmq/vhosts"))
	v.becomes("the terminal is there", `document.querySelector(".xterm-rows > div")`)
	v.do("the plain form", click("#tabs .mode"))
	v.becomes("its field and button fit", `(() => { const b = document.querySelector(".ask button")?.getBoundingClientRect(); return b && b.right <= 390; })()`)
	run := func(line string) {
		v.do("type "+line, click(".ask input"), types(line), chromedp.KeyEvent(kb.Enter))
	}
	run("rabbitmqctl add_vhost app1")
	v.sees("it is made", ".said", `Adding vhost "app1"`)
	v.do("submit", click("#submit"))
	v.sees("there is another of that name", "#verdict", "Виртуального хоста /app1 нет", "косая черта", "0 из 10")
	for _, line := range v.typed("rabbitmq/vhosts") {
		run(line)
		v.becomes("it is listed, and so is what was refused", `document.querySelector("#output .cm-content").textContent.includes(`+quote(line)+`)`)
	}
	v.accessible()
	v.do("submit again", click("#submit"))
	v.sees("passed", "#verdict", "10 из 10")
}
