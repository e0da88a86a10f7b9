package console

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	// joinTime is how long text waits for more.
	joinTime = 15 * time.Millisecond
	// maxJoined is how much text waits, in bytes.
	maxJoined = 8 << 10
)

// An outbox sends what terminals say, each an Out as JSON on a line of its own. Who
// writes faster than it is read waits.
type outbox struct {
	w io.Writer

	mu    sync.Mutex
	texts [MaxPanes]string
	timer *time.Timer
}

func newOutbox(w io.Writer) *outbox { return &outbox{w: w} }

// text adds text to a terminal.
func (o *outbox) text(pane int, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.texts[pane] += text
	if len(o.texts[pane]) >= maxJoined {
		o.flush(pane, false)
		return
	}
	if o.timer == nil {
		o.timer = time.AfterFunc(joinTime, o.flushAll)
	}
}

func (o *outbox) flushAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.timer = nil
	for pane := range o.texts {
		o.flush(pane, false)
	}
}

// flush sends the text of a pane; o.mu is held. The beginning of a character waits for
// its end, unless the text is complete.
func (o *outbox) flush(pane int, complete bool) {
	text := o.texts[pane]
	cut := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text) && !complete; back++ {
		if b := text[len(text)-back]; utf8.RuneStart(b) {
			if !utf8.FullRuneInString(text[len(text)-back:]) {
				cut = len(text) - back
			}
			break
		}
	}
	o.texts[pane] = text[cut:]
	if cut > 0 {
		o.send(Out{Pane: pane, Text: visible(text[:cut])})
	}
}

// visible replaces what could move a terminal's cursor or change its look: records
// hold what anybody wrote.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20:
			return 0x2400 + r // the picture of a control character
		case r == 0x7f:
			return 0x2421
		case r > 0x7f && r < 0xa0:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

// prompt says what stands before the next line.
func (o *outbox) prompt(pane int, prompt string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush(pane, true)
	o.send(Out{Pane: pane, Prompt: &prompt})
}

// done says that a line was dealt with.
func (o *outbox) done(end Out) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flush(end.Pane, true)
	ready := Ready
	end.Done, end.Prompt = true, &ready
	o.send(end)
}

// answer sends what has nothing to do with the text.
func (o *outbox) answer(a Out) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(a)
}

// send writes; o.mu is held.
func (o *outbox) send(v Out) {
	b, err := json.Marshal(v)
	if err == nil {
		_, _ = o.w.Write(append(b, '\n')) // a host that has gone ends this process, too
	}
}
