package grader

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/brokerlab/brokerlab/grader/trial"
	"github.com/brokerlab/brokerlab/labs"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/console"
	"github.com/brokerlab/brokerlab/sandbox/interp"
)

// LintGo type-checks a file of Go that stands in a lesson. Unknown says why it could not
// be checked: it imports what programs here cannot have. Errors: *Fault, and those of ctx.
func (g *Grader) LintGo(ctx context.Context, text string) (found []labs.Finding, unknown string, err error) {
	diagnostics, err := g.engine.Check(ctx, []sandbox.File{{Name: "main.go", Text: text}})
	if err != nil {
		return nil, "", fault(ctx, "check a block of Go", err)
	}
	for _, d := range Localize(diagnostics, labs.Languages[0]) {
		switch {
		case d.Code == build.CodeImport || d.Code == interp.CodeImport || d.Code == interp.CodeSymbol:
			return nil, d.Message, nil
		case d.Code == build.CodeSyntax || d.Code == interp.CodeType || d.Code != "" && unicode.IsUpper(rune(d.Code[0])): // as go/types names its own
			found = append(found, labs.Finding{Line: d.Line, Message: d.Message})
		}
	}
	return found, "", nil
}

const (
	// commandTime is how long a command of a lesson may take that does not stay, and
	// staysTime how long one that does is watched before the next.
	commandTime, staysTime = 30 * time.Second, 500 * time.Millisecond
	// maxSaid is how much of what a command printed a finding shows, in bytes.
	maxSaid = 300
)

// LintTerminal runs the commands of a lesson's terminal one after the other, as a
// reader would, and says which of them do not work: those that fail, that do not end,
// and that end although they stay. Errors: *Fault, and those of ctx.
func (g *Grader) LintTerminal(ctx context.Context, t *labs.Terminal) ([]labs.Finding, error) {
	s, err := g.Open(ctx, t.Lab("lint"), 0)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	typist := &typist{session: s, panes: make(map[int]*typed)}
	var found []labs.Finding
	wrong := func(c labs.Command, format string, args ...any) {
		found = append(found, labs.Finding{Line: c.Line, Message: fmt.Sprintf("command %q: ", first(c.Run)) + fmt.Sprintf(format, args...)})
	}
	pane := 0
	stay := make(map[int]labs.Command) // by the terminal that each has to itself
	for _, c := range t.Commands {
		if pane >= console.MaxPanes {
			wrong(c, "no terminal is left for it: %d commands before it stay", console.MaxPanes)
			break
		}
		patience := commandTime
		if c.Stays {
			patience = staysTime
		}
		ended, err := typist.run(ctx, pane, c.Run, patience)
		if err != nil {
			return nil, err
		}
		switch {
		case c.Stays:
			stay[pane] = c // whether it really does is seen when all the others are over
			pane++
		case !ended:
			wrong(c, "does not end within %s; give it an end, such as --max-messages, or say stays: true", commandTime)
			pane++
		default:
			if out := typist.panes[pane].end; out.Code != 0 {
				wrong(c, "ends with %d: %s", out.Code, typist.said(pane))
			}
		}
	}
	for pane := range console.MaxPanes {
		if c, ok := stay[pane]; ok && typist.over(pane) {
			wrong(c, "stays: true, but it ended: %s", typist.said(pane))
		}
	}
	return found, nil
}

func first(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// A typist types into the terminals of a session.
type typist struct {
	session *Session
	last    int

	mu    sync.Mutex
	panes map[int]*typed
}

// typed is the newest command of one terminal.
type typed struct {
	id   string
	text strings.Builder
	done chan struct{}
	end  console.Out
}

// run types a command and waits for its end.
func (t *typist) run(ctx context.Context, pane int, text string, patience time.Duration) (ended bool, err error) {
	t.last++
	now := &typed{id: strconv.Itoa(t.last), done: make(chan struct{})}
	t.mu.Lock()
	t.panes[pane] = now
	t.mu.Unlock()
	for line := range strings.SplitSeq(text, "\n") {
		raw, err := json.Marshal(console.In{Pane: pane, ID: now.id, Line: &line})
		if err != nil {
			return false, fmt.Errorf("command: %w", err) // cannot be: it is text
		}
		if _, err := t.session.Console(ctx, raw, t.hear); err != nil {
			return false, err
		}
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-now.done:
		return true, nil
	case <-late.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// hear notes what the terminals say.
func (t *typist) hear(u Update) {
	if u.Type != trial.TypeConsole || u.Console == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.panes[u.Console.Pane]
	if now == nil {
		return
	}
	now.text.WriteString(u.Console.Text)
	if u.Console.Done && u.Console.ID == now.id {
		now.end = *u.Console
		close(now.done)
		now.id = ""
	}
}

// over reports whether the newest command of a terminal has ended.
func (t *typist) over(pane int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.panes[pane] != nil && t.panes[pane].id == ""
}

// said is the beginning of what a command printed, on one line: its mistake comes first,
// and what could have been said after it.
func (t *typist) said(pane int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var words []string
	for line := range strings.Lines(t.panes[pane].text.String()) {
		if !strings.HasPrefix(line, console.Ready) && !strings.HasPrefix(line, console.More) {
			words = append(words, strings.Fields(line)...)
		}
	}
	text := strings.Join(words, " ")
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "…"
	}
	return text
}
