package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// getJSON asks the site for something, as a program that is no browser.
func (s *site) getJSON(t *testing.T, method, path string, in, out any) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	body := s.get(t, method, path, raw)
	if err := json.Unmarshal(body, out); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, body)
	}
}

func (s *site) get(t *testing.T, method, path string, body []byte) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s %v\n%s", method, path, answer.Status, err, raw)
	}
	return raw
}

// attempt submits a program and waits for its verdict.
func (s *site) attempt(t *testing.T, program string) (id int64) {
	t.Helper()
	var sent struct{ Attempt int64 }
	files := []map[string]string{{"name": "main.go", "text": program}}
	s.getJSON(t, http.MethodPost, "api/labs/rabbitmq/work-queue/submit", map[string]any{"files": files}, &sent)
	for start := time.Now(); time.Since(start) < patience; time.Sleep(100 * time.Millisecond) {
		var got struct{ Status string }
		s.getJSON(t, http.MethodGet, fmt.Sprintf("api/attempts/%d", sent.Attempt), nil, &got)
		if got.Status == "graded" {
			return sent.Attempt
		}
	}
	t.Fatalf("attempt %d is not graded", sent.Attempt)
	return 0
}

const (
	atEvent = `document.querySelector("#player input[type=range]")?.getAttribute("aria-valuetext") ?? ""`
	litLine = `document.querySelector("#source li.lit")?.textContent ?? ""`
)

// TestReplay opens a failed check's counter-example on its own page: paused at the
// first event that proves it, its line lit, in both languages, and without anything
// that axe finds serious.
func TestReplay(t *testing.T) {
	s := serveSite(t, t.TempDir())
	id := s.attempt(t, source(t, "wrong/ack-first"))
	var rec struct {
		At    uint64
		Proof []uint64
	}
	s.getJSON(t, http.MethodGet, fmt.Sprintf("api/attempts/%d/recordings/crash-acked-1", id), nil, &rec)
	for _, look := range []struct {
		lang  string
		width int
		dark  bool
		run   string
	}{{"en", 1440, false, "The program as it was submitted"}, {"ru", 390, true, "Программа в сданном виде"}} {
		v := visit(t, look.width, 900, look.dark)
		v.do("open the replay", chromedp.Navigate(fmt.Sprintf("%s%s/replays/%d", s.url, look.lang, id)))
		v.becomes("it is paused at the proof", fmt.Sprintf(`(%s).startsWith("%d ")`, atEvent, rec.At))
		v.becomes("the source is there", fmt.Sprintf(`document.querySelector("#source").getAttribute("aria-label") === %q`, look.run))
		v.becomes("the line is lit", litLine)
		v.becomes("nothing is wider than the window", `document.documentElement.scrollWidth <= innerWidth`)
		v.accessible()
		v.do("step on", chromedp.Focus(chromedp.CSS("#player input[type=range]")), chromedp.KeyEvent(kb.ArrowRight))
		v.becomes("the next event is shown", fmt.Sprintf(`(%s).startsWith("%d ")`, atEvent, rec.At+1))
		v.becomes("the address names it", fmt.Sprintf(`location.search === "?at=%d"`, rec.At+1))
		v.do("come back by the address", chromedp.Reload())
		v.becomes("the same event is shown", fmt.Sprintf(`(%s).startsWith("%d ")`, atEvent, rec.At+1))
		v.do("choose the run without a fault", chromedp.Evaluate[chromedp.Void](`(() => { const run = document.querySelector("#run"); run.selectedIndex = 0; run.dispatchEvent(new Event("change")); })()`))
		v.becomes("that run is shown", `location.pathname.endsWith("/baseline") && document.querySelector("#player svg")`)
	}
}

// accessible fails on what axe finds serious or critical.
func (v *visitor) accessible() {
	v.t.Helper()
	axe, err := os.ReadFile("../../static/node_modules/axe-core/axe.min.js")
	if err != nil {
		v.t.Skip("SKIPPED, NOT TESTED: static/node_modules is not there; run npm ci in static first")
	}
	v.do("load axe", calm(""), chromedp.Evaluate[chromedp.Void](string(axe)+";void 0"))
	v.do("run axe", chromedp.Evaluate[chromedp.Void](`axe.run().then((r) => { window.found = r.violations.filter((f) => ["serious", "critical"].includes(f.impact)).map((f) => f.id + ": " + f.nodes.map((n) => n.html).join(" ")); })`))
	v.becomes("axe is done", "window.found")
	found, err := ask[[]string](v, "window.found")
	if err != nil || len(found) > 0 {
		v.t.Errorf("axe: %v\n%s", err, strings.Join(found, "\n"))
	}
}

// TestReplayFile saves a replay, stops the server, and goes through the file.
func TestReplayFile(t *testing.T) {
	s := serveSite(t, t.TempDir())
	id := s.attempt(t, source(t, "wrong/ack-first"))
	page := s.get(t, http.MethodGet, fmt.Sprintf("ru/replays/%d/crash-acked-1/export", id), nil)
	s.stop()
	file := filepath.Join(t.TempDir(), "replay.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d KiB", len(page)>>10)
	v := visit(t, 1280, 800, true)
	v.do("open the file", chromedp.Navigate("file://"+file))
	v.sees("the verdict", ".about", "Заказ")
	v.becomes("the picture is drawn", `document.querySelector("#player svg [data-place=orders]")`)
	before, err := ask[string](v, atEvent)
	if err != nil || before == "" {
		t.Fatalf("at %q: %v", before, err)
	}
	v.becomes("its line is lit", litLine)
	v.do("step on", chromedp.Focus(chromedp.CSS("#player input[type=range]")), chromedp.KeyEvent(kb.ArrowRight))
	v.becomes("another event is shown", fmt.Sprintf(`(%s) !== %s`, atEvent, quote(before)))
	v.becomes("the frame is in the file", `JSON.parse(document.getElementById("recording").textContent).frames && true`)
	asked, err := ask[int](v, `performance.getEntriesByType("resource").length`)
	if err != nil || asked != 0 {
		t.Errorf("the file asked for %d things: %v", asked, err)
	}
	v.accessible()
	v.do("to paper", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	v.becomes("the picture and the whole source are there, the journal's window is not", `document.querySelector("#player svg").checkVisibility() && !document.querySelector(".panels").checkVisibility() && (() => { const s = document.querySelector("#source"); return s.scrollHeight <= s.clientHeight + 1 && s.getBoundingClientRect().top >= document.querySelector("#player").getBoundingClientRect().bottom - 1; })()`)
}

// TestReplayCommand makes a page of stored evidence, and says what it cannot make one of.
func TestReplayCommand(t *testing.T) {
	needBuilt(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	evidence, page := "../../grader/testdata/evidence.json", filepath.Join(dir, "page.html")
	if code, out, errs := command(t, "replay", evidence, "-o", page, "--lang", "ru", "--program", filepath.Join(workQueue, "wrong/ack-first/main.go")); code != exitPass {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="ru"`, `"schedule":"crash-acked-2"`, "amqp091-go", "Content-Security-Policy"} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{filepath.Join(dir, "nothing.json")}, "no such file"},
		{[]string{write("torn.json", `{"version":`)}, "unexpected end"},
		{[]string{write("later.json", `{"evidence":{"version":9,"lab":"rabbitmq/work-queue"}}`)}, "version 9, want 1"},
		{[]string{write("other.json", `{"version":1,"lab":"rabbitmq/nowhere"}`)}, "rabbitmq/nowhere"},
		{[]string{evidence, "--schedule", "crash-acked-9"}, "baseline, crash-acked-2"},
	} {
		code, _, errs := command(t, append([]string{"replay"}, tt.args...)...)
		if code != exitUsage || !strings.Contains(errs, tt.says) {
			t.Errorf("%v: exit %d, %s; want %d and %q", tt.args, code, errs, exitUsage, tt.says)
		}
	}
}
