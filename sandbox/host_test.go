//go:build linux

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox/host"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// silent is a launcher that is no process.
type silent struct{}

func (silent) kill()       {}
func (silent) wait() error { return nil }
func (silent) pid() int    { return 0 }

// lying gives a Host whose other end the test plays, as if it were taken over.
func lying(t *testing.T) (*Host, *link.Conn) {
	t.Helper()
	conn, files, err := link.Pair()
	if err != nil {
		t.Fatal(err)
	}
	there, err := link.New(files)
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(conn, silent{})
	t.Cleanup(func() {
		h.Close()
		_ = there.Close()
	})
	return h, there
}

// TestLyingHost says hello twice, answers what nobody asked, floods with events
// that nobody hears, and then answers a call with nonsense: none of it does the
// server any harm.
func TestLyingHost(t *testing.T) {
	h, there := lying(t)
	send := func(m link.Message) {
		t.Helper()
		if err := there.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	send(link.Message{Method: host.Hello})
	send(link.Message{Method: host.Hello})
	send(link.Message{ID: 99, Body: json.RawMessage(`"unasked"`)})
	for range 2 * maxEarly {
		send(link.Message{Body: json.RawMessage(`1`)})
	}
	send(link.Message{ID: 1, Cancel: true})
	done := make(chan error, 1)
	go func() {
		var n int
		done <- h.Call(context.Background(), "number", nil, &n)
	}()
	m, _, err := there.Receive()
	if err != nil {
		t.Fatal(err)
	}
	send(link.Message{ID: m.ID, Body: json.RawMessage(`"no number"`)})
	if err := <-done; err == nil || errors.Is(err, ErrHostGone) {
		t.Errorf("an answer of the wrong kind: %v, want an error about it", err)
	}
	h.mu.Lock()
	kept, waiting := len(h.early), len(h.calls)
	h.mu.Unlock()
	if kept != maxEarly || waiting != 0 {
		t.Errorf("%d events and %d calls are kept, want %d and none", kept, waiting, maxEarly)
	}
}

func TestHostThatEndsAnswersNoMore(t *testing.T) {
	h, there := lying(t)
	done := make(chan error, 1)
	go func() { done <- h.Call(context.Background(), "anything", nil, nil) }()
	if _, _, err := there.Receive(); err != nil {
		t.Fatal(err)
	}
	_ = there.Close() // it ends
	if err := <-done; !errors.Is(err, ErrHostGone) {
		t.Errorf("the call under way: %v, want ErrHostGone", err)
	}
	<-h.Done()
	if err := h.Call(context.Background(), "anything", nil, nil); !errors.Is(err, ErrHostGone) {
		t.Errorf("a later call: %v, want ErrHostGone", err)
	}
	if !errors.Is(h.Err(), ErrHostGone) {
		t.Errorf("Err: %v", h.Err())
	}
}
