package link

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// Over makes a link of two byte streams, for systems without sockets that keep
// message borders. Each message has its length before it, and bodies that are
// large follow it on the same stream. Files cannot be passed: name them in Paths.
func Over(in io.ReadCloser, out io.WriteCloser) *Conn {
	s := &stream{in, out}
	return &Conn{small: framed{s}, large: s}
}

// stream is both directions as one.
type stream struct {
	io.ReadCloser
	out io.WriteCloser
}

func (s *stream) Write(b []byte) (int, error) { return s.out.Write(b) }

// Close closes the writing end; the reading end ends when the other side does.
func (s *stream) Close() error { return s.out.Close() }

// framed is packets on a stream.
type framed struct{ *stream }

func (f framed) send(b []byte, files []*os.File) error {
	if len(files) > 0 {
		return fmt.Errorf("send: %d files on a stream that can pass none", len(files))
	}
	_, err := f.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func (f framed) receive() ([]byte, []*os.File, error) {
	var head [4]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return nil, nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > 2*MaxSmall {
		return nil, nil, fmt.Errorf("receive: %w: head of %d bytes", ErrTooLarge, n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(f, b)
	return b, nil, err
}

func (f framed) Close() error { return nil } // the stream is closed as the large side
