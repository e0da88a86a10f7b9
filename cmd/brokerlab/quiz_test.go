package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	crashQuiz    = "#quiz-rabbitmq-crash-before-ack"
	prefetchQuiz = "#quiz-rabbitmq-prefetch-number"
	lossQuiz     = "#quiz-rabbitmq-silent-loss"
)

// key presses a key without Ctrl.
func key(name string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(name) }

// focus moves the keyboard to an element.
func focus(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Focus(chromedp.CSS(selector))
}

// TestQuizByKeyboard answers wrong, then right, without the mouse and without
// leaving the page, and finds both answers again after a reload.
func TestQuizByKeyboard(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	v.do("open the page", chromedp.Navigate(s.url+"en/rabbitmq/acknowledgements"))
	v.sees("the question", crashQuiz, "What becomes of order 7?")
	v.becomes("the script is there", `document.querySelector("#theme button")`)
	v.becomes("nothing is given away", `!document.querySelector(".quiz-why, .quiz [checked]") && !document.body.innerHTML.includes("Without an ack the broker has to repeat")`)
	if _, err := ask[bool](v, `window.samePage = true`); err != nil {
		t.Fatal(err)
	}

	v.do("choose a wrong answer", focus(crashQuiz+` input[value="0"]`), key(kb.ArrowDown), key(kb.Enter))
	v.sees("what it says", crashQuiz+" [role=status]", "Not right.")
	v.sees("why", crashQuiz+" li:nth-child(2)", "a channel does not outlive its connection")
	v.becomes("only that one is explained", `document.querySelectorAll("`+crashQuiz+` .quiz-why").length === 1`)
	v.becomes("the keyboard is where it was", `document.activeElement.matches('`+crashQuiz+` input[value="1"]')`)

	v.do("choose the right one", key(kb.ArrowDown), key(kb.Enter))
	v.becomes("it is right", `document.querySelector("`+crashQuiz+`").dataset.verdict === "right"`)
	v.becomes("all are explained", `document.querySelectorAll("`+crashQuiz+` .quiz-why").length === 4`)
	v.do("a number", focus(prefetchQuiz+" [name=number]"), types("9,5"), key(kb.Enter))
	v.sees("too small", prefetchQuiz+" [role=status]", "more than 9.5")
	v.do("several", focus(lossQuiz+` input[value="0"]`), key(" "), key(kb.Tab), key(" "), focus(lossQuiz+" button"), key(kb.Enter))
	v.sees("not yet", lossQuiz+" [role=status]", "0 of 3 points")
	v.becomes("it is still the same page", `window.samePage`)

	v.do("reload", chromedp.Reload())
	v.becomes("the choice is back", `!window.samePage && document.querySelector('`+crashQuiz+` input[value="2"]').checked`)
	v.sees("its result too", crashQuiz+" [role=status]", "Right.")
	v.becomes("the number is back", `document.querySelector("`+prefetchQuiz+` [name=number]").value === "9,5"`)
	v.do("in Russian", chromedp.Navigate(s.url+"ru/rabbitmq/acknowledgements"))
	v.sees("the answer counts here, too", crashQuiz+" [role=status]", "Верно.")
	v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
}

// TestQuizWithoutJavaScript answers with scripts off: the browser comes back to the question.
func TestQuizWithoutJavaScript(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, false)
	v.do("open the page without scripts", scriptsOff(), chromedp.Navigate(s.url+"ru/rabbitmq/acknowledgements"))
	v.do("answer", chromedp.Click(chromedp.CSS(crashQuiz+` input[value="2"]`)), chromedp.Click(chromedp.CSS(crashQuiz+" button")), chromedp.WaitVisible(chromedp.CSS(crashQuiz+`[data-verdict="right"]`)))
	at, err := chromedp.Run(v.ctx, chromedp.Location())
	if want := s.url + "ru/rabbitmq/acknowledgements" + crashQuiz; err != nil || at != want {
		t.Errorf("the browser is at %q, %v; want %q", at, err, want)
	}
}
