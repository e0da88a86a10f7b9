package host

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

func limited(n int64, shown *strings.Builder) (o *output, over *int) {
	over = new(int)
	p := Program{Limits: Limits{Output: n}, Output: func(_ string, b []byte) { shown.Write(b) }}
	return newOutput(p, func() { *over++ }), over
}

func TestOutputStopsAtItsLimit(t *testing.T) {
	for _, tt := range []struct {
		parts []string
		shown string
		over  int
	}{
		{[]string{"12345", "67890"}, "1234567890", 0},
		{[]string{"1234567890", "1"}, "1234567890", 1},
		{[]string{"123456789012", "more", "and more"}, "1234567890", 1},
		{[]string{""}, "", 0},
	} {
		var shown strings.Builder
		o, over := limited(10, &shown)
		for _, part := range tt.parts {
			o.wait.Add(1)
			o.read("stdout", strings.NewReader(part))
		}
		if shown.String() != tt.shown || *over != tt.over {
			t.Errorf("%q: showed %q and was over %d times, want %q and %d", tt.parts, shown.String(), *over, tt.shown, tt.over)
		}
	}
}

// TestDumpIsNotOutput keeps the two apart, wherever the pipe cuts them.
func TestDumpIsNotOutput(t *testing.T) {
	var shown strings.Builder
	o, _ := limited(1000, &shown)
	o.take("stderr", []byte("SIGQUIT: quit, said the program before it was asked\n"))
	o.expectDump()
	o.take("stdout", []byte("out\n"))
	o.take("stderr", []byte("err\nSIGQUIT: quit\nPC"))
	o.take("stderr", []byte("=0x1\n"))
	if want := "SIGQUIT: quit, said the program before it was asked\nout\nerr\n"; shown.String() != want {
		t.Errorf("showed %q, want %q", shown.String(), want)
	}
	if want := "SIGQUIT: quit\nPC=0x1\n"; o.dumped() != want {
		t.Errorf("dump %q, want %q", o.dumped(), want)
	}
}

func TestDumpIsBounded(t *testing.T) {
	var shown strings.Builder
	o, _ := limited(1000, &shown)
	o.expectDump()
	o.take("stderr", []byte("SIGQUIT: quit\n"))
	for range 2 * maxDump / 1000 {
		o.take("stderr", bytes.Repeat([]byte("x"), 1000))
	}
	if n := len(o.dumped()); n != maxDump {
		t.Errorf("kept %d bytes, want %d", n, maxDump)
	}
	select {
	case <-o.dumpFull:
	default:
		t.Error("nobody was told that the dump is full")
	}
}

// TestTraceSkipsWhatIsNoRecord reads records that arrive in pieces, among others
// that no program of ours writes.
func TestTraceSkipsWhatIsNoRecord(t *testing.T) {
	record := func(line, call int32) []byte {
		b := binary.LittleEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))
		b = binary.LittleEndian.AppendUint32(b, uint32(line))
		return binary.LittleEndian.AppendUint32(b, uint32(call))
	}
	var in []byte
	for _, r := range [][]byte{record(1, 0), record(-1, 0), record(0, 0), record(2, -5), record(1<<30, 1), record(3, 7), []byte("short")} {
		in = append(in, r...)
	}
	var got []TraceRecord
	o := newOutput(Program{Trace: func(r []TraceRecord) { got = append(got, r...) }}, nil)
	o.wait.Add(1)
	o.readTrace(oneByte{bytes.NewReader(in)})
	if len(got) != 2 || got[0].Line != 1 || got[1].Line != 3 || got[1].Call != 7 {
		t.Errorf("records %+v, want lines 1 and 3", got)
	}
	if len(record(1, 1)) != enter.RecordSize {
		t.Errorf("a record of %d bytes, want %d", len(record(1, 1)), enter.RecordSize)
	}
}

// oneByte reads a byte at a time.
type oneByte struct{ r *bytes.Reader }

func (o oneByte) Read(b []byte) (int, error) { return o.r.Read(b[:1]) }

func TestWordsAreFoundWhenCutInTwo(t *testing.T) {
	const said = "fatal error: runtime: out of memory\nruntime.mallocgc(0x20000000, 0x1)\n"
	for cut := range len(said) {
		var w words
		w.read([]byte(said[:cut]))
		w.read([]byte(said[cut:]))
		if !w.memory || w.asked != 1<<29 {
			t.Errorf("cut at %d: %+v", cut, w)
		}
	}
	var w words
	w.read([]byte("my own fatal error: out of memory\n"))
	if w.memory {
		t.Error("words in the middle of a line were taken for the runtime's")
	}
}

func TestLimitsOfZero(t *testing.T) {
	good := Limits{Wall: 1, CPU: 1, Memory: 1, Output: 1}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for _, l := range []Limits{{}, {CPU: 1, Memory: 1, Output: 1}, {Wall: 1, Memory: 1, Output: 1}, {Wall: 1, CPU: 1, Output: 1}, {Wall: 1, CPU: 1, Memory: 1}} {
		if l.check() == nil {
			t.Errorf("%+v was taken", l)
		}
	}
}
