//go:build linux

package link

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

// ends gives both kinds of link.
func ends(t *testing.T) map[string][2]*Conn {
	t.Helper()
	here, files, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	there, err := New(files)
	if err != nil {
		t.Fatal(err)
	}
	ar, aw := io.Pipe()
	br, bw := io.Pipe()
	return map[string][2]*Conn{"sockets": {here, there}, "streams": {Over(ar, bw), Over(br, aw)}}
}

func TestMessagesKeepOrderAndSize(t *testing.T) {
	for name, c := range ends(t) {
		t.Run(name, func(t *testing.T) {
			sizes := []int{0, 10, MaxSmall - 2, MaxSmall - 1, MaxSmall, 1 << 20, 3}
			go func() {
				for i, n := range sizes {
					body, _ := json.Marshal(strings.Repeat("y", n))
					if err := c[0].Send(Message{ID: uint64(i), Body: body}); err != nil {
						t.Error(err)
					}
				}
				_ = c[0].Close()
			}()
			for i, n := range sizes {
				m, _, err := c[1].Receive()
				if err != nil {
					t.Fatal(err)
				}
				if m.ID != uint64(i) || len(m.Body) != n+2 {
					t.Errorf("message %d of %d bytes, want %d of %d", m.ID, len(m.Body), i, n+2)
				}
			}
			if _, _, err := c[1].Receive(); !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %v, want EOF", err)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	for name, c := range ends(t) {
		if err := c[0].Send(Message{Body: make([]byte, MaxBody+1)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", name, err)
		}
	}
}

// TestLiar has the other end announce what no honest one would.
func TestLiar(t *testing.T) {
	for _, head := range []string{`{"large":-1}`, `{"large":99999999999}`, `{"id":"x"}`, `{`, ``} {
		r, w := io.Pipe()
		c := Over(r, w)
		go func() { _, _ = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(head))), head...)) }()
		if _, _, err := c.Receive(); err == nil {
			t.Errorf("%q was taken", head)
		}
	}
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte{0xff, 0xff, 0xff, 0xff}) }()
	if _, _, err := Over(r, w).Receive(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a head of 4 GiB: %v, want ErrTooLarge", err)
	}
}
