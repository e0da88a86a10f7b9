package console

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// patience is how long a test waits for what has to come.
const patience = time.Minute

// tools are commands for tests: take counts the lines that it reads, wait goes on until
// it is interrupted, flood prints without end.
var tools = []brokers.Tool{
	{Name: "refuse", Run: func(_ context.Context, io brokers.ToolIO, _ []string) int {
		if io.Refused != nil {
			io.Refused()
		}
		return 1
	}},
	{Name: "take", Flags: []string{"--topic", "--to"}, Values: func(_ context.Context, flag string) []string {
		if flag == "--topic" {
			return []string{"events", "events-2", "orders"}
		}
		return nil
	}, Run: func(_ context.Context, io brokers.ToolIO, args []string) int {
		n := 0
		for lines := bufio.NewScanner(io.In); lines.Scan(); n++ {
		}
		fmt.Fprintf(io.Out, "%d lines %s\n", n, strings.Join(args, ","))
		return 0
	}},
	{Name: "wait", Run: func(ctx context.Context, io brokers.ToolIO, _ []string) int {
		fmt.Fprintln(io.Out, "waiting")
		if !io.Settle {
			<-ctx.Done()
		}
		return brokers.ExitInterrupted
	}},
	{Name: "flood", Run: func(ctx context.Context, io brokers.ToolIO, _ []string) int {
		for ctx.Err() == nil {
			if _, err := fmt.Fprintln(io.Out, strings.Repeat("x", 1000)); err != nil {
				return 1
			}
		}
		return 1
	}},
	{Name: "fail", Run: func(context.Context, brokers.ToolIO, []string) int { return 3 }},
}

func TestScript(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"a pipe", "echo -e 'a\\nb' | take x", "2 lines x\n"},
		{"a here-document", "take <<E\n1\n2\n3\nE", "3 lines \n"},
		{"and", "fail && echo no; echo yes && echo too", "yes\ntoo\n"},
		{"or", "fail || echo yes", "yes\n"},
		{"not there", "kafka-topix --list", "kafka-topix: command not found\n"},
		{"as a script is called", "/opt/kafka/bin/take.sh a", "0 lines a\n"},
		{"who nobody interrupts ends", "wait; echo done", "waiting\ndone\n"},
		{"who reads no more ends who writes", "flood | fail; echo on", "on\n"},
		{"cat has no files", "cat /etc/passwd", "cat: /etc/passwd: there are no files here\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if code := NewShell(tools).script(t.Context(), c.script, brokers.ToolIO{Out: &out, Err: &out}, func(int) {}); code != 0 {
				t.Fatalf("code %d", code)
			}
			var got strings.Builder
			for line := range strings.Lines(out.String()) {
				if !strings.HasPrefix(line, Ready) {
					got.WriteString(line)
				}
			}
			if got.String() != c.want {
				t.Errorf("printed %q, want %q", got.String(), c.want)
			}
		})
	}
}

// TestScriptLines: each command is announced with its line, a thousand of them too.
func TestScriptLines(t *testing.T) {
	var lines []int
	script := strings.Repeat("take <<E\nx\nE\n", 1000)
	var out bytes.Buffer
	NewShell(tools).script(t.Context(), script, brokers.ToolIO{Out: &out, Err: &out}, func(n int) { lines = append(lines, n) })
	if len(lines) != 1000 || lines[0] != 1 || lines[999] != 2998 {
		t.Errorf("%d commands, the last at %d", len(lines), lines[len(lines)-1])
	}
}

func TestOutputIsBounded(t *testing.T) {
	var out bytes.Buffer
	NewShell(tools).script(t.Context(), "flood; echo after", brokers.ToolIO{Out: &out, Err: &out}, func(int) {})
	if out.Len() > maxOutput+1000 || !strings.Contains(out.String(), "stopped: a command may print 256 KiB") || !strings.HasSuffix(out.String(), "after\n") {
		t.Errorf("%d bytes, the end is %q", out.Len(), out.String()[max(0, out.Len()-200):])
	}
}

// A desk is a console and what it says.
type desk struct {
	t  *testing.T
	in chan []byte

	mu   sync.Mutex
	more sync.Cond
	outs []Out
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, in: make(chan []byte, 100)}
	d.more.L = &d.mu
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		serve(context.Background(), NewShell(tools), func() ([]byte, error) {
			if b, ok := <-d.in; ok {
				return b, nil
			}
			return nil, io.EOF
		}, newOutbox(d))
	}()
	t.Cleanup(func() {
		close(d.in)
		<-ended
	})
	return d
}

// Write takes what the console says.
func (d *desk) Write(b []byte) (int, error) {
	var out Out
	if err := json.Unmarshal(b, &out); err != nil {
		d.t.Errorf("%q: %v", b, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.outs = append(d.outs, out)
	d.more.Broadcast()
	return len(b), nil
}

func (d *desk) do(in In) {
	b, err := json.Marshal(in)
	if err != nil {
		d.t.Fatal(err)
	}
	d.in <- b
}

func (d *desk) line(pane int, text string) { d.do(In{Pane: pane, ID: text, Line: &text}) }

// until waits for something to be said, and forgets what came up to it.
func (d *desk) until(what string, fits func(Out) bool) Out {
	d.t.Helper()
	late := time.AfterFunc(patience, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.outs = append(d.outs, Out{Pane: -1})
		d.more.Broadcast()
	})
	defer late.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := 0; ; i++ {
		for i >= len(d.outs) {
			d.more.Wait()
		}
		if out := d.outs[i]; fits(out) {
			d.outs = d.outs[i+1:]
			return out
		} else if out.Pane < 0 {
			d.t.Fatalf("%s did not come; %+v", what, d.outs)
		}
	}
}

func (d *desk) done() Out { return d.until("the end", func(o Out) bool { return o.Done }) }

func TestPane(t *testing.T) {
	d := newDesk(t)
	d.line(0, "take --to x")
	d.line(0, "first")
	d.line(0, "second")
	d.do(In{EOF: true})
	if got := d.done(); got.Code != 0 || got.Record != "take --to x <<'EOF'\nfirst\nsecond\nEOF\n" || got.ID != "take --to x" {
		t.Errorf("%+v", got)
	}
	d.line(0, "take <<E")
	d.until("a prompt for more", func(o Out) bool { return o.Prompt != nil && *o.Prompt == More })
	d.line(0, "x")
	d.line(0, "E")
	if got := d.done(); got.Record != "take <<E\nx\nE\n" {
		t.Errorf("%+v", got)
	}
	for line, record := range map[string]string{"echo a": "", "fail": "", "nothing": "", "echo a | take": "echo a | take\n"} {
		d.line(0, line)
		if got := d.done(); got.Record != record {
			t.Errorf("%s: %+v, want the record %q", line, got, record)
		}
	}
}

func TestInterrupt(t *testing.T) {
	d := newDesk(t)
	d.line(1, "wait")
	d.until("waiting", func(o Out) bool { return strings.Contains(o.Text, "waiting") })
	d.line(0, "echo beside") // another terminal goes on
	if got := d.done(); got.Pane != 0 {
		t.Errorf("%+v ended, want the other one", got)
	}
	d.do(In{Pane: 1, Interrupt: true})
	if got := d.done(); got.Pane != 1 || got.Code != brokers.ExitInterrupted || got.Record != "wait\n" {
		t.Errorf("%+v", got)
	}
	d.line(1, "echo 'never")
	d.do(In{Pane: 1, Interrupt: true})
	d.until("a prompt", func(o Out) bool { return o.Prompt != nil && *o.Prompt == Ready })
	d.line(1, "echo again")
	d.until("again", func(o Out) bool { return strings.Contains(o.Text, "again\n") })
}

func TestComplete(t *testing.T) {
	s := NewShell(tools)
	for line, want := range map[string]string{
		"ta": "take 2", "": "cat clear echo fail flood help history refuse sleep take wait 0", "take --t": "--to --topic 3", "take --topic ev": "events events-2 2",
		"echo x | take --topic=o": "orders 1", "take --to x": " 1", "nothing --": " 0", "echo a; wa": "wait 2",
	} {
		items, back := s.complete(t.Context(), line)
		if got := strings.Join(items, " ") + fmt.Sprintf(" %d", back); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestCompleteWords: a tool that has commands of its own completes them itself.
func TestCompleteWords(t *testing.T) {
	s := NewShell([]brokers.Tool{{Name: "admin", Flags: []string{"--not-asked"}, Words: func(_ context.Context, words []string, part string) []string {
		if len(words) == 0 {
			return []string{"declare", "delete"}
		}
		return []string{"name=" + strings.Join(words, "."), "--name"}
	}}})
	for line, want := range map[string]string{
		"admin de": "declare delete 2", "admin ": "declare delete 0", "admin declare na": "name=declare 2", "admin declare queue -": "--name 1",
		"echo x | admin a b name=": "name=a.b 5",
	} {
		items, back := s.complete(t.Context(), line)
		if got := strings.Join(items, " ") + fmt.Sprintf(" %d", back); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestRefusedIsKept: a command that failed is kept for what is submitted if the broker has
// refused it, and only then.
func TestRefusedIsKept(t *testing.T) {
	d := newDesk(t)
	for line, want := range map[string]string{"refuse": "refuse\n", "refuse | cat": "refuse | cat\n", "fail": ""} {
		d.line(0, line)
		if out := d.until(line, func(o Out) bool { return o.Done && o.ID == line }); out.Record != want {
			t.Errorf("%s: kept as %q, want %q", line, out.Record, want)
		}
	}
}

// TestVisible: what somebody wrote into a record does not steer the terminal.
func TestVisible(t *testing.T) {
	if got := visible("a\x1b[2Jb\x07\tc\n\xff\u009b"); got != "a␛[2Jb␇\tc\n��" {
		t.Errorf("%q", got)
	}
}

func TestCheck(t *testing.T) {
	long := strings.Repeat("x", MaxLine+1)
	two := "a\nb"
	for name, in := range map[string]In{
		"nothing": {}, "two things": {Interrupt: true, EOF: true}, "no such pane": {Pane: 4, EOF: true}, "too long": {Line: &long},
		"two lines": {Line: &two}, "long id": {ID: strings.Repeat("x", 65), EOF: true},
	} {
		if in.Check() == nil {
			t.Errorf("%s is let in", name)
		}
	}
}
