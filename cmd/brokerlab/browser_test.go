package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is after how long what has to come does not come, on the slowest of machines.
const patience = 5 * time.Minute

// A site is brokerlab itself, served to a browser of the test's own.
type site struct {
	url  string
	data string
	said *lines // on stderr
	stop func()
}

// serveSite runs the command as a student would, in this process. It skips, loudly,
// where the command has not been built: the page and the lab command are inside it.
func serveSite(t *testing.T, data string, more ...string) *site {
	t.Helper()
	needBuilt(t)
	ctx, cancel := context.WithCancel(context.Background())
	said := &lines{}
	done := make(chan int, 1)
	args := append([]string{"--addr", "127.0.0.1:0", "--no-open", "--data", data}, more...)
	go func() { done <- run(ctx, args, strings.NewReader(""), io.Discard, said) }()
	s := &site{data: data, said: said}
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case code := <-done:
			if code != exitPass {
				t.Errorf("brokerlab ended with %d:\n%s", code, said)
			}
		case <-time.After(patience):
			t.Errorf("brokerlab did not end:\n%s", said)
		}
	})
	t.Cleanup(s.stop)
	serves := regexp.MustCompile(`serves (http://\S+/)`)
	for start := time.Now(); time.Since(start) < patience; time.Sleep(20 * time.Millisecond) {
		if m := serves.FindStringSubmatch(said.String()); m != nil {
			s.url = m[1]
			return s
		}
		select {
		case code := <-done:
			t.Fatalf("brokerlab ended with %d:\n%s", code, said)
		default:
		}
	}
	t.Fatalf("brokerlab does not serve:\n%s", said)
	return nil
}

func needBuilt(t *testing.T) {
	t.Helper()
	for _, product := range []string{"../../static/dist/manifest.json", "../../sandbox/embedded/brokerlab-lab"} {
		if _, err := os.Stat(product); err != nil {
			t.Skipf("SKIPPED, NOT TESTED: %s is not there; run make build first", product)
		}
	}
}

// lines collects what the command says.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// await waits until something was said that a pattern matches, and returns its groups.
func (l *lines) await(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for start := time.Now(); time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		if found := re.FindStringSubmatch(l.String()); found != nil {
			return found
		}
	}
	t.Fatalf("said %q, want %s", l, pattern)
	return nil
}

// A visitor is a browser tab that fails the test on any error of its console.
type visitor struct {
	t    *testing.T
	ctx  context.Context
	lost atomic.Bool // the server is gone: that requests fail is no fault
}

// visit opens a browser of the given size.
func visit(t *testing.T, width, height int, dark bool) *visitor {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no chromium on this machine")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WindowSize(width, height), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en-US"),
		chromedp.Env("LANG=en_US.UTF-8", "LANGUAGE=en"),
	)
	if dark {
		opts = append(opts, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	v := &visitor{t: t, ctx: ctx}
	console := chromedp.Console(ctx)
	var listening sync.WaitGroup
	t.Cleanup(func() { stop(); stopAlloc(); listening.Wait() })
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height)), countRequests(), slowDown()); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	listening.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			v.hear(m)
		}
	})
	return v
}

// hear fails the test on what a developer's console would show in red or yellow.
func (v *visitor) hear(m chromedp.ConsoleMessage) {
	if strings.HasSuffix(m.URL, "/nowhere") {
		return // the page that is meant to be missing
	}
	if v.lost.Load() && strings.Contains(m.Text, "net::ERR_") {
		return // refused, reset or cut off, as it happens
	}
	if m.IsException() || m.Type == "error" || m.Type == "warning" || m.Source == "security" {
		v.t.Errorf("console: %s %s %s:%d", m.Type, m.Text, m.URL, m.Line+1)
	}
}

// do runs steps, and on failure says which step it was and what the page shows.
func (v *visitor) do(step string, actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		v.t.Fatalf("%s: %v\nthe page shows:\n%s", step, err, v.text("body"))
	}
}

// ask evaluates a JavaScript expression.
func ask[T any](v *visitor, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// text returns what an element shows, "" when there is none.
func (v *visitor) text(selector string) string {
	out, _ := ask[string](v, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
	return out
}

// sees waits until an element shows a text.
func (v *visitor) sees(step, selector string, want ...string) {
	v.t.Helper()
	var got string
	for start := time.Now(); time.Since(start) < patience; time.Sleep(50 * time.Millisecond) {
		got = v.text(selector)
		found := true
		for _, w := range want {
			found = found && strings.Contains(got, w)
		}
		if found {
			return
		}
	}
	v.t.Fatalf("%s: %s shows %q, want %q", step, selector, got, want)
}

// becomes waits until a JavaScript expression is true.
func (v *visitor) becomes(step, expression string) {
	v.t.Helper()
	for start := time.Now(); time.Since(start) < patience; time.Sleep(50 * time.Millisecond) {
		ok, err := ask[bool](v, "!!("+expression+")")
		if err == nil && ok {
			return
		}
	}
	v.t.Fatalf("%s: never true: %s\nthe page shows:\n%s", step, expression, v.text("body"))
}

// types enters text at the caret, as an input method does.
func types(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// countRequests has each page count its requests without an answer, as window.unanswered.
func countRequests() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			window.unanswered = 0;
			const send = window.fetch;
			window.fetch = (...what) => {
				window.unanswered++;
				return send(...what).finally(() => window.unanswered--);
			};`})
		return err
	})
}

// slowDown shows the pages a processor that is as many times slower as SLOW says.
func slowDown() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		slow, err := strconv.ParseFloat(cmp.Or(os.Getenv("SLOW"), "1"), 64)
		if err == nil {
			_, err = cdp.Call(ctx, t, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slow})
		}
		return err
	})
}

// calm waits until a page does not change by itself any more: its requests are answered,
// what came is drawn, and what moves has come to its end. With a selector, it then waits
// until that element stands still, too: what moves away under a pointer is missed.
func calm(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](`(async () => {
		const frame = () => new Promise(requestAnimationFrame);
		const box = () => { const r = document.querySelector(`+quote(selector)+` || "html")?.getBoundingClientRect(); return r?.width ? JSON.stringify(r) : ""; };
		for (let before = "", still = 0; still < 5; await frame()) {
			await document.fonts.ready;
			const ending = document.getAnimations().filter((a) => a.playState === "running" && Number.isFinite(a.effect.getComputedTiming().endTime));
			await Promise.all(ending.map((a) => a.finished.catch(() => undefined)));
			const now = box();
			still = now !== "" && now === before && window.unanswered === 0 ? still + 1 : 0;
			before = now;
		}
	})()`, chromedp.EvalAwaitPromise)
}

// click clicks the first element that a CSS selector finds, once it stands still.
func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		return chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(selector)), calm(selector), chromedp.Click(chromedp.CSS(selector)))
	})
}

// press presses a key with Ctrl held down.
func press(key string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(key, chromedp.KeyModifiers(chromedp.ModifierCtrl))
}

// photograph opens a page and writes what it looks like, whole.
func (v *visitor) photograph(s *site, dir, name, lang, path string, width int, dark bool) {
	v.t.Helper()
	theme := map[bool]string{false: "light", true: "dark"}[dark]
	v.do("open "+path, chromedp.Navigate(s.url+lang+"/"+path), calm(""))
	shot := chromedp.FullScreenshot(100)
	if name == "lab" && width > 800 || name == "replay" && width > 960 { // its panes fill the window and scroll by themselves
		shot = chromedp.CaptureScreenshot()
	}
	png, err := chromedp.Run(v.ctx, shot)
	if err != nil {
		v.t.Fatalf("photograph %s: %v", path, err)
	}
	file := filepath.Join(dir, fmt.Sprintf("%s-%s-%d-%s.png", name, lang, width, theme))
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(file, png, 0o644)); err != nil {
		v.t.Fatal(err)
	}
}

// quote writes text as a JavaScript string.
func quote(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// scriptsOff turns JavaScript off in the tab.
func scriptsOff() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}
