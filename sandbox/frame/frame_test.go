package frame

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

const small Limit = 16

func TestFrames(t *testing.T) {
	var wire bytes.Buffer
	for _, text := range []string{"one", ""} {
		if err := small.Write(&wire, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"one", ""} {
		var got string
		if err := small.Read(&wire, &got); err != nil || got != want {
			t.Errorf("read %q, %v; want %q", got, err, want)
		}
	}
	var none string
	if err := small.Read(&wire, &none); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v, want io.EOF", err)
	}
}

// TestBounds: nothing longer than the limit is written, or made room for.
func TestBounds(t *testing.T) {
	var wire bytes.Buffer
	if err := small.Write(&wire, strings.Repeat("x", 15)); err == nil || wire.Len() > 0 {
		t.Errorf("17 bytes were written: %v, %d", err, wire.Len())
	}
	for name, in := range map[string]string{
		"too long": "\x00\x00\x00\x11" + strings.Repeat(" ", 17), "cut off": "\x00\x00\x00\x04\"a", "half a length": "\x00\x00", "no JSON": "\x00\x00\x00\x01{",
	} {
		var got any
		if err := small.Read(strings.NewReader(in), &got); err == nil || err == io.EOF { //nolint:errorlint // EOF itself is the end between messages
			t.Errorf("%s: %v, want an error that is not the end", name, err)
		}
	}
}

// FuzzRead: no bytes make it panic, and what was read is written and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const most Limit = 1 << 10
		var v any
		if most.Read(bytes.NewReader(in), &v) != nil {
			return
		}
		var wire bytes.Buffer
		var again any
		if err := Limit(1<<16).Write(&wire, v); err != nil {
			t.Fatal(err)
		}
		if err := Limit(1<<16).Read(&wire, &again); err != nil {
			t.Errorf("%v was written and cannot be read: %v", v, err)
		}
	})
}
