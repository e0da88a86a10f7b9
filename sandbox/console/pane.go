package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/brokerlab/brokerlab/brokers"
)

// Limits of one console.
const (
	MaxPanes = 4
	MaxLine  = 4 << 10 // bytes that are typed at once
)

// ErrLong is that more than MaxLine is typed at once.
var ErrLong = errors.New("the line is too long")

// An In is what somebody does at a terminal. One of its fields after ID is set.
type In struct {
	Pane      int     `json:"pane"`         // from 0
	ID        string  `json:"id,omitempty"` // comes back when what the line began has ended
	Line      *string `json:"line,omitempty"`
	Interrupt bool    `json:"interrupt,omitempty"`
	EOF       bool    `json:"eof,omitempty"`
	Complete  *string `json:"complete,omitempty"` // the line up to the cursor; answered by Ask
	Ask       uint64  `json:"ask,omitempty"`
}

// Check says what is wrong with an In.
func (in In) Check() error {
	n := 0
	for _, text := range []*string{in.Line, in.Complete} {
		if text == nil {
			continue
		}
		n++
		if len(*text) > MaxLine {
			return fmt.Errorf("%w: found %d bytes, expected at most %d", ErrLong, len(*text), MaxLine)
		}
	}
	for _, set := range []bool{in.Interrupt, in.EOF} {
		if set {
			n++
		}
	}
	switch {
	case in.Pane < 0 || in.Pane >= MaxPanes:
		return fmt.Errorf("pane %d, expected 0 to %d", in.Pane, MaxPanes-1)
	case n != 1:
		return fmt.Errorf("found %d things to do, expected one of line, interrupt, eof, complete", n)
	case in.Line != nil && strings.ContainsAny(*in.Line, "\n\r"):
		return errors.New("line: found several, expected one")
	case len(in.ID) > 64:
		return fmt.Errorf("id of %d bytes, expected at most 64", len(in.ID))
	}
	return nil
}

// An Out is what a terminal says. Text comes first, then what ends with it.
type Out struct {
	Pane   int     `json:"pane"`
	Text   string  `json:"text,omitempty"`
	Prompt *string `json:"prompt,omitempty"` // what stands before the next line; "" while a command reads
	// Done says that what a line began has ended. Code is its exit code, Record the
	// lines that would do the same again: what was typed for the command is in it as a
	// here-document. It is empty for what changes and shows nothing of the broker, and for
	// what failed, unless the broker has refused it.
	Done   bool   `json:"done,omitempty"`
	Code   int    `json:"code,omitempty"`
	Record string `json:"record,omitempty"`
	ID     string `json:"id,omitempty"`
	// Items answers a Complete: what could stand in place of the last Back characters.
	Ask   uint64   `json:"ask,omitempty"`
	Items []string `json:"items,omitempty"`
	Back  int      `json:"back,omitempty"`
	// Gone says that the console has ended, with all that ran in it.
	Gone bool `json:"gone,omitempty"`
}

// Prompts of a terminal.
const (
	Ready = "$ "
	More  = "> "
)

// A pane is one terminal.
type pane struct {
	number int
	shell  *Shell
	out    *outbox

	mu     sync.Mutex
	lines  string // of a command that is not complete
	cancel context.CancelFunc
	stdin  *pipe           // of what runs; nil when nothing does
	typed  strings.Builder // for what runs
}

// do does what somebody did.
func (p *pane) do(ctx context.Context, in In) {
	switch {
	case in.Line != nil:
		p.line(ctx, *in.Line, in.ID)
	case in.Interrupt:
		p.interrupt()
	case in.EOF:
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.stdin != nil {
			p.stdin.closeWrite()
		}
	}
}

// interrupt ends what runs, or forgets what was begun.
func (p *pane) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.text(p.number, "^C\n")
	if p.stdin != nil {
		p.cancel()
		return
	}
	p.lines = ""
	p.out.prompt(p.number, Ready)
}

// line takes a line: for what runs, or as a command.
func (p *pane) line(ctx context.Context, line, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stdin != nil {
		p.out.text(p.number, line+"\n")
		p.typeIn(line + "\n")
		return
	}
	prompt := Ready
	if p.lines != "" {
		prompt = More
	}
	p.out.text(p.number, prompt+line+"\n")
	p.command(ctx, line, id)
}

// typeIn gives a command what was typed for it, as far as there is room; p.mu is held.
func (p *pane) typeIn(text string) {
	in := p.stdin
	in.mu.Lock()
	room := !in.ended && len(in.data)+len(text) <= maxPiped
	in.mu.Unlock()
	if !room {
		p.out.text(p.number, "[not taken: the command does not read]\n")
		return
	}
	_, _ = in.Write([]byte(text)) // there is room; what has ended meanwhile needs nothing
	p.typed.WriteString(text)
}

// command adds a line to what was begun and runs it when it is complete; p.mu is held.
func (p *pane) command(ctx context.Context, line, id string) {
	p.lines += line + "\n"
	script, err := Parse(p.lines)
	switch {
	case errors.Is(err, ErrIncomplete):
		p.out.prompt(p.number, More)
		return
	case err != nil:
		p.out.text(p.number, "syntax error: "+strings.TrimPrefix(err.Error(), "line 1: ")+"\n")
		p.lines = ""
		p.out.done(Out{Pane: p.number, Code: exitSyntax, ID: id})
		return
	}
	text := p.lines
	p.lines = ""
	if len(script) == 0 {
		p.out.done(Out{Pane: p.number, ID: id})
		return
	}
	ctx, p.cancel = context.WithCancel(ctx)
	p.stdin = newPipe(ctx)
	p.typed.Reset()
	p.out.prompt(p.number, "")
	go p.run(ctx, script, text, id)
}

// run runs a command to its end.
func (p *pane) run(ctx context.Context, script []Statement, text, id string) {
	say := writerFunc(func(b []byte) (int, error) {
		p.out.text(p.number, string(b))
		return len(b), nil
	})
	var refused atomic.Bool
	code := p.shell.Run(ctx, script, brokers.ToolIO{In: p.stdin, Out: say, Err: say, Terminal: true, Refused: func() { refused.Store(true) }}, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	interrupted := ctx.Err() != nil
	p.cancel()
	left := string(p.stdin.data)
	p.stdin.closeRead()
	p.stdin = nil
	end := Out{Pane: p.number, Code: code, ID: id}
	if code == 0 || code == brokers.ExitInterrupted || refused.Load() {
		end.Record = p.record(script, text, strings.TrimSuffix(p.typed.String(), left))
	}
	p.out.done(end)
	if interrupted {
		return // what was typed ahead goes with it
	}
	for _, line := range strings.Split(left, "\n") {
		if line != "" && p.stdin == nil {
			p.out.text(p.number, Ready+line+"\n")
			p.command(context.WithoutCancel(ctx), line, id)
		} else if line != "" {
			p.typeIn(line + "\n")
		}
	}
}

// record is the text of a script that would do the same as what was typed.
func (p *pane) record(script []Statement, text, typed string) string {
	uses := false
	for _, st := range script {
		uses = uses || p.shell.Uses(st)
	}
	first := script[0].Stages[0]
	switch {
	case !uses:
		return ""
	case typed == "":
		return text
	case len(script) > 1 || len(script[0].Stages) > 1 || first.Here != nil:
		return "" // whose input it was cannot be said
	}
	end := "EOF"
	for strings.Contains("\n"+typed, "\n"+end+"\n") {
		end += "_"
	}
	return strings.TrimSuffix(text, "\n") + " <<'" + end + "'\n" + typed + end + "\n"
}
