package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	labPredict  = "#quiz-dies-before"
	labScene    = "#play-dies-before"
	momentForm  = "#quiz-beyond-saving"
	momentScene = "#play-beyond-saving"
	autoScene   = "#play-rabbitmq-predict-auto-ack"
	track       = " .track input"
)

// foresight is a folder with the lab of questions.
func foresight(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "labs"), os.DirFS("../../labs/testdata/foresight")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAQuestionedLabByKeyboard answers all that a lab asks with the keys alone, a moment
// on the timeline, sees what was said and what happens, and finds both after a reload.
func TestAQuestionedLabByKeyboard(t *testing.T) {
	s := serveSite(t, t.TempDir(), "--content", foresight(t))
	v := visit(t, 1440, 900, false)
	v.do("open the lab", calmly(), chromedp.Navigate(s.url+"en/labs/rabbitmq/foresight"), intoSight(labScene))
	v.becomes("what is given is drawn", `document.querySelector("`+labScene+sceneDrawn+`")`)
	v.becomes("there is nothing to write", `getComputedStyle(document.querySelector("#edit")).display === "none" && getComputedStyle(document.querySelector("#run")).display === "none"`)
	v.becomes("nothing is given away", `!document.body.innerHTML.includes("No ack came, so the broker")`)
	v.accessible()
	v.do("predict", focus(labPredict+` input[value="0"]`), key(" "), key(kb.Enter))
	v.sees("what it says", labPredict+" [role=status]", "Partly: 1 of 2")
	v.sees("then it happens", labScene+lastSentence, "worker acknowledges order 4")
	v.sees("missed", labPredict+" li:nth-child(2)", "This is what happens.")
	v.becomes("in words, without a reload", `document.querySelector("`+labScene+` .play-told").textContent.includes("worker acknowledges order 4")`)
	v.becomes("the keyboard is at the way back", `document.activeElement.name === "again"`)
	v.do("predict again", key(kb.Enter))
	v.becomes("it is open again", `!document.querySelector("`+labPredict+` fieldset").disabled && !document.querySelector("`+labScene+` .play-told").textContent.includes("acknowledges")`)
	v.do("rightly", focus(labPredict+` input[value="0"]`), key(" "), key(kb.Tab), key(" "), key(kb.Enter))
	v.sees("right", labPredict+" [role=status]", "You saw it coming.")

	v.do("the moment on the timeline", intoSight(momentScene))
	v.becomes("it is drawn", `document.querySelector("`+momentScene+sceneDrawn+`")`)
	v.do("mark the last one", focus(momentScene+track), key(kb.End))
	v.becomes("form and timeline say the same", `document.querySelector("`+momentForm+` input[value='2']").checked && document.querySelector("`+momentScene+track+`").getAttribute("aria-valuetext") === "Moment 3 of 3, still to come: The worker dies."`)
	v.do("one before, in the form", focus(momentForm+` input[value="2"]`), key(kb.ArrowUp))
	v.becomes("the timeline follows", `document.querySelector("`+momentScene+track+`").getAttribute("aria-valuetext").startsWith("Moment 2 of 3")`)
	v.do("predict", focus(momentForm+" button"), key(kb.Enter))
	v.sees("what the marks mean", momentScene+" .play-marks", "It happens", "You said")
	v.becomes("both are drawn at one event", `(() => { const at = (kind) => document.querySelector("`+momentScene+` .mark." + kind).getAttribute("d").match(/^M(\d+) /)?.[1]; return at("proof") !== undefined && at("proof") === at("mine"); })()`)
	v.sees("the first step is done", ".steps .done", "1. Predict", "(answered)")

	v.do("the number", focus("#quiz-held-number"), types("8"), key(kb.Enter))
	v.sees("graded at once", "#verdict h2", "One answer is not right", "4 of 6")
	v.do("another", chromedp.Evaluate[chromedp.Void](`document.querySelector("#quiz-held-number").select(); void 0`), types("5"), key(kb.Enter))
	v.sees("all is right", "#verdict h2", "Every answer is right", "6 of 6")
	v.do("reload", chromedp.Reload())
	v.sees("all is still there", "#verdict h2", "Every answer is right")
	v.sees("and what happened", labPredict+" [role=status]", "You saw it coming.")
	v.accessible()

	v.do("in Russian", chromedp.Navigate(s.url+"ru/labs/rabbitmq/foresight"))
	v.sees("the verdict", "#verdict h2", "Все ответы верны")
	v.sees("the steps", ".steps .done", "1. Прогноз")
	v.accessible()
}

// TestAQuestionedLabOnAPhone: nothing is wider than the window, in the dark as well.
func TestAQuestionedLabOnAPhone(t *testing.T) {
	s := serveSite(t, t.TempDir(), "--content", foresight(t))
	v := visit(t, 390, 844, true)
	v.do("open the lab", calmly(), chromedp.Navigate(s.url+"ru/labs/rabbitmq/foresight"), intoSight(momentScene))
	v.becomes("it is drawn", `document.querySelector("`+momentScene+sceneDrawn+`")`)
	v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
	v.do("predict", click(momentForm+` input[value="2"]`), click(momentForm+" button"))
	v.sees("both marks", momentScene+" .play-marks", "Что происходит", "Ваш прогноз")
	v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
	v.accessible()
}

// TestAMomentOfALesson is marked on the timeline, too; a scene in which nothing has
// happened has none.
func TestAMomentOfALesson(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 820, 900, false)
	v.do("open the page", calmly(), chromedp.Navigate(s.url+"en/rabbitmq/acknowledgements"), intoSight(autoScene))
	v.becomes("it is drawn", `document.querySelector("`+autoScene+sceneDrawn+`")`)
	v.do("mark the second moment", focus(autoScene+track), key(kb.ArrowRight), key(kb.ArrowRight))
	v.becomes("the form follows", `document.querySelector("`+autoPredict+` input[value='1']").checked`)
	v.do("predict", focus(autoPredict+" button"), key(kb.Enter))
	v.sees("right", autoPredict+" [role=status]", "You saw it coming.")
	v.becomes("the words follow", `document.querySelector("`+autoScene+` .play-told").textContent.includes("restarted") || document.querySelectorAll("`+autoScene+` .play-told li").length > 3`)
	v.becomes("what has the keyboard is still there", `document.activeElement !== document.body`)

	v.do("a scene in which nothing has happened", chromedp.Navigate(s.url+"en/rabbitmq/topics-and-headers"), intoSight("#play-rabbitmq-predict-topic"))
	v.becomes("it has no timeline", `document.querySelector("#play-rabbitmq-predict-topic .timeline")?.hidden`)
}
