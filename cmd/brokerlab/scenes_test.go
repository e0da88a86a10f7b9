package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	ackPlay      = "#play-rabbitmq-ack-or-not"
	retryPlay    = "#play-rabbitmq-retry"
	topicPlay    = "#play-rabbitmq-topic"
	workPredict  = "#quiz-rabbitmq-predict-work-first"
	workScene    = "#play-rabbitmq-predict-work-first"
	autoPredict  = "#quiz-rabbitmq-predict-auto-ack"
	sceneDrawn   = " .play-view:has(.place) svg" // its recording has come
	lastSentence = " .play-view .sentence"
)

// intoSight scrolls to an element, which is when a scene is drawn.
func intoSight(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](`document.querySelector("` + selector + `").scrollIntoView({block: "center"}); void 0`)
}

// calmly asks for no motion, so that a press is at its end at once.
func calmly() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})
}

// TestScenesByKeyboard plays a scene with the keys alone: presses, undo, starting
// over, and what cannot be done now. What is far away is not drawn.
func TestScenesByKeyboard(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 1440, 900, false)
	v.do("open the page", calmly(), chromedp.Navigate(s.url+"en/rabbitmq/acknowledgements"))
	v.becomes("what is far away is not drawn", `document.querySelector("figure.play.live") && !document.querySelector("#play-rabbitmq-prefetch-one svg")`)
	v.do("go to the scene", intoSight(ackPlay))
	v.becomes("it is drawn", `document.querySelector("`+ackPlay+sceneDrawn+`")`)
	v.sees("how it begins", ackPlay+lastSentence, "nothing has happened yet")
	v.do("kill the worker", focus(ackPlay+` [data-action="crash"] button`), key(kb.Enter))
	v.sees("the message comes back", ackPlay+lastSentence, "order 4 is ready in orders again")
	v.do("kill it again", key(kb.Enter))
	v.sees("it cannot be", ackPlay+" [role=status].play-said", "worker is not running.")
	v.do("start it again", focus(ackPlay+` [data-action="restart"] button`), key(kb.Enter))
	v.sees("redelivered", ackPlay+lastSentence, "marked as redelivered")
	v.do("undo", focus(ackPlay+" [data-undo]"), key(kb.Enter))
	v.sees("the worker is dead again", ackPlay+lastSentence, "order 4 is ready in orders again")
	v.do("start over", focus(ackPlay+" [data-over]"), key(kb.Enter))
	v.sees("from the beginning", ackPlay+lastSentence, "nothing has happened yet")
	v.becomes("the keyboard is not lost", `document.activeElement.closest("`+ackPlay+`") !== null && document.querySelector("`+ackPlay+` [data-undo]").disabled`)
	v.accessible()

	v.do("a key of one's own", chromedp.Navigate(s.url+"ru/rabbitmq/topics-and-headers"), intoSight(topicPlay))
	v.becomes("it is drawn", `document.querySelector("`+topicPlay+sceneDrawn+`") && !document.querySelector("`+topicPlay+` .play-actions").hidden`)
	v.do("type it", chromedp.Evaluate[chromedp.Void](`document.querySelector("`+topicPlay+` [name=key]").select(); void 0`), focus(topicPlay+" [name=key]"), types("order.profile.photo"), key(kb.Enter))
	v.sees("who gets it", topicPlay+lastSentence, "в B ждёт сообщение")
	v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
	v.accessible()
}

// TestKafkaScenesByKeyboard plays scenes with a cluster: a leader that takes a record
// with it, a member that crashes, and a prediction.
func TestKafkaScenesByKeyboard(t *testing.T) {
	const isr, position, predict = "#play-kafka-isr", "#play-kafka-position", "#quiz-kafka-predict-acks"
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, true)
	v.do("open the page", calmly(), chromedp.Navigate(s.url+"en/kafka/replicas-and-acks"), intoSight(isr))
	v.becomes("it is drawn", `document.querySelector("`+isr+sceneDrawn+` .place.partition .cell") && !document.querySelector("`+isr+` .play-actions").hidden`)
	v.do("acks=1", chromedp.Evaluate[chromedp.Void](`document.querySelector("`+isr+` [name=acks]").value = "1"; void 0`), focus(isr+` [data-action="write"] button`), key(kb.Enter))
	v.sees("the leader confirms", isr+lastSentence, "orders/0: the leader confirms offset 3")
	v.becomes("consumers do not see it yet", `document.querySelector("`+isr+` .cell.young") && document.querySelector("`+isr+` .window").ariaLabel.includes("high watermark 3")`)
	v.do("the leader goes down", focus(isr+` [data-action="down"] button`), key(kb.Enter))
	v.becomes("the record is gone, and the node visibly so", `document.querySelector("`+isr+` .place.node.down") && document.querySelector("`+isr+` .window").ariaLabel.includes("led by node 2, in sync: 3, down: 1; 3 records")`)
	v.do("predict", intoSight(predict), focus(predict+` input[value="0"]`), key(" "), key(kb.Tab), key(" "), key(kb.Enter))
	v.sees("what it says", predict+" [role=status]", "You saw it coming.")
	v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
	v.accessible()

	v.do("a member crashes", chromedp.Navigate(s.url+"ru/kafka/groups-and-commits"), intoSight(position))
	v.becomes("it is drawn", `document.querySelector("`+position+sceneDrawn+` .bookmark") && !document.querySelector("`+position+` .play-actions").hidden`)
	v.do("read, and crash", focus(position+` [data-action="read"] button`), key(kb.Enter))
	v.becomes("it has read on", `document.querySelector("`+position+` .bookmark.open") !== null`)
	v.do("crash", focus(position+` [data-action="crash"] button`), key(kb.Enter))
	v.becomes("where it was is forgotten", `document.querySelector("`+position+` .bookmark") && !document.querySelector("`+position+` .bookmark.open") && document.querySelector("`+position+` .window").ariaLabel.includes("worker-2")`)
	v.accessible()

	v.do("read a chart", chromedp.Navigate(s.url+"ru/labs/kafka/lag"), intoSight("#quiz-stuck"))
	v.becomes("it moves", `document.querySelector("#play-stuck .lag.live")`)
	v.do("answer", focus(`#quiz-stuck input[value="2"]`), key(" "), key(kb.Enter))
	v.becomes("the picture is drawn", `document.querySelector("#play-stuck`+sceneDrawn+` .place.partition .cell")`)
}

// TestAPressIsSeenToHappen: without a wish for calm, events come one by one, and the
// reader's hand stops them.
func TestAPressIsSeenToHappen(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, true)
	v.do("open the page", chromedp.Navigate(s.url+"en/rabbitmq/dead-letters"), intoSight(retryPlay))
	v.becomes("it is drawn", `document.querySelector("`+retryPlay+sceneDrawn+`") && !document.querySelector("`+retryPlay+` .play-actions").hidden`)
	v.do("refuse and wait", click(retryPlay+` [data-action="reject"] button`))
	v.sees("its end", retryPlay+lastSentence, "order 4 is ready in orders.retry")
	v.do("let the time pass", click(retryPlay+` [data-action="wait"] button`))
	v.sees("its end", retryPlay+lastSentence, "order 4 goes to worker")
	v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
}

// TestPredictionByKeyboard predicts, sees what happens, and finds both after a reload.
func TestPredictionByKeyboard(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 820, 900, false)
	v.do("open the page", calmly(), chromedp.Navigate(s.url+"en/rabbitmq/acknowledgements"), intoSight(workScene))
	v.becomes("what is given is drawn", `document.querySelector("`+workScene+sceneDrawn+`")`)
	v.becomes("nothing is given away", `!document.body.innerHTML.includes("No ack came, so the broker")`)
	v.do("predict", focus(workPredict+` input[value="0"]`), key(" "), key(kb.Tab), key(kb.Tab), key(kb.Tab), key(" "), key(kb.Enter))
	v.sees("what it says", workPredict+" [role=status]", "another way")
	v.sees("then it happens", workScene+lastSentence, "worker acknowledges order 4")
	v.sees("right", workPredict+" li:nth-child(1)", "You said so, and so it is.", "No ack came")
	v.sees("missed", workPredict+" li:nth-child(2)", "This is what happens.")
	v.sees("wrong", workPredict+" li:nth-child(4)", "You said so, but no.")
	v.becomes("once is all", `!document.querySelector("`+workPredict+` button") && document.querySelector("`+workPredict+` fieldset").disabled`)
	v.do("reload", chromedp.Reload())
	v.sees("both are still there", workPredict+" [role=status]", "another way")
	v.accessible()
}

// TestScenesWithoutJavaScript: the words of a scene are open, and a prediction is a
// plain form.
func TestScenesWithoutJavaScript(t *testing.T) {
	s := serveSite(t, t.TempDir())
	v := visit(t, 390, 844, false)
	v.do("open the page without scripts", scriptsOff(), chromedp.Navigate(s.url+"ru/rabbitmq/acknowledgements"))
	v.do("the words are open", chromedp.WaitVisible(chromedp.CSS(ackPlay+" .play-told ol")), chromedp.WaitNotVisible(chromedp.CSS(ackPlay+" .play-actions")))
	v.do("mark a moment", chromedp.Click(chromedp.CSS(autoPredict+` input[value="1"]`)), chromedp.Click(chromedp.CSS(autoPredict+" button")), chromedp.WaitVisible(chromedp.CSS(autoPredict+`[data-verdict="right"]`)))
	v.do("it happens in words", chromedp.WaitVisible(chromedp.CSS("#play-rabbitmq-predict-auto-ack .play-told ol li:nth-child(4)")))
}
