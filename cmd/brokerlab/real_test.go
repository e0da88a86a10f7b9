package main

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/brokerlab/brokerlab/brokers/containers"
)

// TestMoveToARealBroker: the student moves a lab to a real RabbitMQ in the page, runs
// and submits there, finds the choice after a reload, and moves back.
func TestMoveToARealBroker(t *testing.T) {
	images, err := containers.Configure([]string{"rabbitmq=" + containers.TestImage})
	if err != nil {
		t.Fatal(err)
	}
	if err := containers.Available(t.Context(), "rabbitmq", images["rabbitmq"]); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: a lab on a real broker, %v (.ci/run builds one)", err)
	}
	s := serveSite(t, filepath.Join(t.TempDir(), "data"), "--image", "rabbitmq="+containers.TestImage)
	v := visit(t, 1440, 900, false)
	v.open(s, "en")
	v.sees("the real broker is offered", "#backend", "Miniature", "RabbitMQ, in a container")
	v.write(source(t, "solution"))
	v.do("listen", chromedp.Evaluate[chromedp.Void](`(() => {
		const word = document.querySelector("#status .word");
		window.told = [];
		new MutationObserver(() => window.told.push(word.textContent)).observe(word, {childList: true, characterData: true, subtree: true});
	})()`))
	v.do("move", click("#backend button:last-of-type"))
	v.becomes("the start is told", `window.told.some((word) => /RabbitMQ: (waiting|starting|looking)/.test(word))`)
	v.sees("the lab has moved", "#output", "This lab now runs on RabbitMQ 3.10")
	v.sees("and the image is named", "#backend", containers.TestImage)
	v.do("run", click("#run"))
	v.sees("the real broker's events are seen", "#see", "worker")
	v.do("submit", click("#submit"))
	v.sees("the verdict says where it was found", "#verdict h2", "on a real broker")
	v.open(s, "ru")
	v.becomes("the choice is kept", `document.querySelector("#backend button:last-of-type")?.getAttribute("aria-pressed") === "true"`)
	v.sees("the version is named", "#backend", "RabbitMQ 3.10", "в контейнере")
	v.do("move back", click("#backend button"))
	v.becomes("the lab is on the miniature", `document.querySelector("#backend button").getAttribute("aria-pressed") === "true"`)
}

// TestRealBrokerThatCannotBeHad: without docker the switch says why, and does nothing.
func TestRealBrokerThatCannotBeHad(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	s := serveSite(t, filepath.Join(t.TempDir(), "data"))
	v := visit(t, 390, 844, true)
	v.open(s, "ru")
	v.becomes("the switch is there, its reason folded away", `document.querySelector("#backend button") && document.querySelector("#backend-note").hidden`)
	v.do("try", click("#backend button:last-of-type"))
	v.sees("the reason", "#backend", "Docker не отвечает (unix:///nowhere/docker.sock)")
	v.becomes("nothing has moved", `document.querySelector("#backend button").getAttribute("aria-pressed") === "true"`)
	v.do("run", click("#run"))
	v.sees("the miniature runs", "#see", "worker")
}

// open opens the work queue and waits for its editor.
func (v *visitor) open(s *site, lang string) {
	v.t.Helper()
	v.do("open the lab", chromedp.Navigate(s.url+lang+"/labs/rabbitmq/work-queue"))
	v.becomes("the editor is there", `document.querySelector(".cm-content, #editor textarea")`)
}
