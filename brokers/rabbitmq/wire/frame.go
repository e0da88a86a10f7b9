package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Header is what a client sends first. A server that does not speak the version
// asked for answers with this and closes.
const Header = "AMQP\x00\x00\x09\x01"

// Frame types.
const (
	FrameMethod    = 1
	FrameHeader    = 2
	FrameBody      = 3
	FrameHeartbeat = 8
)

const (
	frameEnd = 0xCE
	// FrameOverhead is what surrounds a payload, in bytes: type, channel, length
	// and end mark. The negotiated frame-max includes it.
	FrameOverhead = 8
	// FrameMin is the smallest frame-max that may be negotiated, in bytes.
	FrameMin = 4096
)

// Errors of the decoders. The connection cannot go on after either.
var (
	// ErrMalformed marks bytes that are not AMQP.
	ErrMalformed = errors.New("malformed")
	// ErrFrame marks bytes whose frame is wrong: no end mark, or too long.
	ErrFrame = errors.New("bad frame")
)

// A Frame is one unit of the protocol. One that was read has its bytes as they came
// in Raw; they and its Payload are only good until the next frame is read.
type Frame struct {
	Type    byte
	Channel uint16
	Payload []byte
	Raw     []byte
}

// A FrameReader reads frames of up to Max bytes, overhead included.
type FrameReader struct {
	Max int

	in  *bufio.Reader
	buf []byte // for frames that are longer than in's buffer
	got int    // bytes of in that the last frame took and that are to be discarded
}

// NewFrameReader reads from in, with a limit of limit bytes for each frame.
func NewFrameReader(in *bufio.Reader, limit int) *FrameReader {
	return &FrameReader{in: in, Max: limit}
}

// Next reads a frame. The error is ErrFrame for a bad frame, io.EOF at the end
// of the stream between two frames, and else what reading failed with.
func (r *FrameReader) Next() (Frame, error) {
	if r.got > 0 {
		_, _ = r.in.Discard(r.got) // it was peeked, so it is there
		r.got = 0
	}
	head, err := r.in.Peek(7)
	if err != nil {
		if len(head) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, err
	}
	f := Frame{Type: head[0], Channel: binary.BigEndian.Uint16(head[1:])}
	size := binary.BigEndian.Uint32(head[3:])
	if int64(size)+FrameOverhead > int64(r.Max) {
		return Frame{}, fmt.Errorf("%w: type %d, payload of %d bytes, want at most %d", ErrFrame, f.Type, size, r.Max-FrameOverhead)
	}
	all, err := r.take(int(size) + FrameOverhead)
	if err != nil {
		return Frame{}, err
	}
	if end := all[len(all)-1]; end != frameEnd {
		return Frame{}, fmt.Errorf("%w: type %d ends with 0x%02X, want the end mark 0xCE", ErrFrame, f.Type, end)
	}
	f.Payload, f.Raw = all[7:len(all)-1], all
	return f, nil
}

// take returns the next n bytes: where they lie, if they fit into the reader's
// own buffer, and else in a copy.
func (r *FrameReader) take(n int) ([]byte, error) {
	if n <= r.in.Size() {
		all, err := r.in.Peek(n)
		if err != nil {
			return nil, unexpected(err)
		}
		r.got = n
		return all, nil
	}
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	all := r.buf[:n]
	_, err := io.ReadFull(r.in, all)
	return all, unexpected(err)
}

// unexpected turns an end of stream inside a frame into what it is.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// AppendFrame appends a frame to dst.
func AppendFrame(dst []byte, f Frame) []byte {
	dst = appendFrameHead(dst, f.Type, f.Channel, len(f.Payload))
	dst = append(dst, f.Payload...)
	return append(dst, frameEnd)
}

func appendFrameHead(dst []byte, kind byte, channel uint16, size int) []byte {
	dst = append(dst, kind)
	dst = binary.BigEndian.AppendUint16(dst, channel)
	return binary.BigEndian.AppendUint32(dst, uint32(size))
}

// AppendHeartbeat appends a heartbeat frame to dst.
func AppendHeartbeat(dst []byte) []byte {
	return AppendFrame(dst, Frame{Type: FrameHeartbeat})
}

// AppendBody appends body to dst in as many body frames as frames of up to
// frameMax bytes make necessary; none for an empty body.
func AppendBody(dst []byte, channel uint16, body []byte, frameMax int) []byte {
	for len(body) > 0 {
		n := min(len(body), frameMax-FrameOverhead)
		dst = AppendFrame(dst, Frame{Type: FrameBody, Channel: channel, Payload: body[:n]})
		body = body[n:]
	}
	return dst
}

// closeFrame fills in the length of the frame that begins at start of dst and
// appends the end mark.
func closeFrame(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start+3:], uint32(len(dst)-start-7))
	return append(dst, frameEnd)
}
