package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRingIsBoundedAndSaysWhatItForgot(t *testing.T) {
	r := newRing()
	line := strings.Repeat("x", 1000)
	for range 3 * ringEntries {
		r.publish(Update{Type: "progress", Body: map[string]string{"type": "progress", "phase": line}})
	}
	if len(r.entries) > ringEntries || r.bytes > ringBytes {
		t.Errorf("%d entries of %d bytes", len(r.entries), r.bytes)
	}
	entries, gap := r.since(1)
	if !gap || len(entries) != len(r.entries) || entries[len(entries)-1].id != 3*ringEntries {
		t.Errorf("gap %v with %d entries", gap, len(entries))
	}
	if entries, gap := r.since(3*ringEntries - 2); gap || len(entries) != 2 {
		t.Errorf("the newest two: gap %v with %d entries", gap, len(entries))
	}
	if _, gap := r.since(3*ringEntries + 1); !gap {
		t.Error("a number that was never given is no gap")
	}
	r.close()
}

func TestOutputIsJoinedInOrder(t *testing.T) {
	r := newRing()
	for i := range 200 {
		r.publish(Update{Type: "output", Stream: "stdout", Text: fmt.Sprintf("%d\n", i)})
		r.flushed = time.Now().Add(time.Hour) // no batch is old enough to go by itself, however long this takes
	}
	r.publish(Update{Type: "output", Stream: "stderr", Text: "oops\n"})
	r.publish(Update{Type: "status", Body: map[string]string{"type": "status", "status": "ended"}})
	entries, _ := r.since(0)
	if len(entries) != 4 {
		t.Errorf("%d entries, want what came first, the rest of the burst, the error and the status", len(entries))
	}
	var out strings.Builder
	var kinds []string
	for _, e := range entries {
		var u event
		if err := json.Unmarshal(e.data, &u); err != nil {
			t.Fatal(err)
		}
		if u.Stream == "stdout" {
			out.WriteString(u.Text)
		}
		kinds = append(kinds, u.Type+u.Stream)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 200 || lines[199] != "199" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if end := strings.Join(kinds[len(kinds)-2:], " "); end != "outputstderr status" {
		t.Errorf("the end is %q", end)
	}
	r.close()
}
