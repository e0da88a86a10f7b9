package wire_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

func TestReadFrame(t *testing.T) {
	for _, tt := range []struct {
		rule string
		in   string
		want wire.Frame
		err  error
	}{
		{"a method", "\x01\x00\x07\x00\x00\x00\x02hi\xce", wire.Frame{Type: 1, Channel: 7, Payload: []byte("hi")}, nil},
		{"a heartbeat is empty", "\x08\x00\x00\x00\x00\x00\x00\xce", wire.Frame{Type: 8}, nil},
		{"unknown types are frames too", "\x09\x00\x00\x00\x00\x00\x00\xce", wire.Frame{Type: 9}, nil},
		{"the end mark is checked", "\x01\x00\x07\x00\x00\x00\x02hi\xcd", wire.Frame{}, wire.ErrFrame},
		{"the length is checked before it is believed", "\x01\x00\x07\xff\xff\xff\xff", wire.Frame{}, wire.ErrFrame},
		{"the limit includes the overhead", "\x01\x00\x07\x00\x00\x03\xe1", wire.Frame{}, wire.ErrFrame},
		{"the end between two frames is the end", "", wire.Frame{}, io.EOF},
		{"the end inside a head is not", "\x01\x00", wire.Frame{}, io.ErrUnexpectedEOF},
		{"nor inside a payload", "\x01\x00\x07\x00\x00\x00\x02h", wire.Frame{}, io.ErrUnexpectedEOF},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			got, err := wire.NewFrameReader(bufio.NewReader(strings.NewReader(tt.in)), 1000).Next()
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if got.Type != tt.want.Type || got.Channel != tt.want.Channel || !bytes.Equal(got.Payload, tt.want.Payload) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestFramesInPieces reads frames longer and shorter than the buffer, from a
// network that gives one byte at a time.
func TestFramesInPieces(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 8, 100, 5000, 3, 16, 17}
	for i, size := range sizes {
		stream = wire.AppendFrame(stream, wire.Frame{Type: wire.FrameBody, Channel: uint16(i), Payload: bytes.Repeat([]byte{byte(i)}, size)})
	}
	r := wire.NewFrameReader(bufio.NewReaderSize(iotest.OneByteReader(bytes.NewReader(stream)), 16), 1<<20)
	for i, size := range sizes {
		f, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if f.Channel != uint16(i) || !bytes.Equal(f.Payload, bytes.Repeat([]byte{byte(i)}, size)) {
			t.Errorf("frame %d: channel %d, %d bytes, want %d", i, f.Channel, len(f.Payload), size)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last frame: %v, want EOF", err)
	}
}

func TestAppendBody(t *testing.T) {
	for _, tt := range []struct{ body, frameMax, frames int }{
		{0, 4096, 0}, {1, 4096, 1}, {4088, 4096, 1}, {4089, 4096, 2}, {10_000, 4096, 3},
	} {
		out := wire.AppendBody(nil, 3, make([]byte, tt.body), tt.frameMax)
		r := wire.NewFrameReader(bufio.NewReader(bytes.NewReader(out)), tt.frameMax)
		frames, got := 0, 0
		for {
			f, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			frames++
			got += len(f.Payload)
		}
		if frames != tt.frames || got != tt.body {
			t.Errorf("%d bytes in frames of %d: %d frames with %d bytes, want %d", tt.body, tt.frameMax, frames, got, tt.frames)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x01\x00\x07\x00\x00\x00\x02hi\xce"))
	f.Add([]byte("\x08\x00\x00\x00\x00\x00\x00\xce\x03\x00\x01\x00\x00\x00\x00\xce"))
	f.Add([]byte("\x01\x00\x07\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := wire.NewFrameReader(bufio.NewReaderSize(bytes.NewReader(in), 16), 4096)
		read := in
		for {
			frame, err := r.Next()
			if err != nil {
				return
			}
			out := wire.AppendFrame(nil, frame)
			if len(out) > 4096 || !bytes.HasPrefix(read, out) {
				t.Fatalf("read % X, wrote % X", read, out)
			}
			read = read[len(out):]
		}
	})
}
