// Package frame carries messages between a process and a child of it: each is JSON behind
// its length.
//
//	4 bytes  length of the JSON, big-endian
//	n bytes  the JSON
package frame

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A Limit is how many bytes the JSON of one message may have, written or read.
type Limit uint32

// Write writes v as one message.
func (most Limit) Write(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	if len(body) > int(most) {
		return fmt.Errorf("write frame: %d bytes, at most %d fit", len(body), most)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.Write(append(frame, body...)); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// Read reads one message into v. It gives io.EOF when there is none.
func (most Limit) Read(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) { // between messages
			return io.EOF
		}
		return fmt.Errorf("read frame: %w", err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > uint32(most) {
		return fmt.Errorf("read frame: length %d, at most %d allowed", n, most)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("read frame of %d bytes: %w", n, err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("read frame: %w", err)
	}
	return nil
}
