package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrMalformed marks bytes that are not the Kafka protocol. The connection cannot go on.
var ErrMalformed = errors.New("malformed")

const (
	// MaxAsk is the longest request, in bytes, that brings no records. A hostile one of
	// that length makes kmsg allocate some hundred times as much for the blink of an eye;
	// an honest one that names 10 000 partitions fits.
	MaxAsk = 512 << 10
	// HeaderLen is how many bytes of a request tell its key, version and correlation id.
	HeaderLen = 8
	// SizeLen is how many bytes before each request and answer tell its length.
	SizeLen = 4
)

// A Header is what stands before each request.
type Header struct {
	Key         int16
	Version     int16
	Correlation int32
	Client      string // the client id; empty when the client gave none
}

// ReadHeader reads the fixed beginning of a request. The client id and the tags follow.
func ReadHeader(b []byte) (Header, error) {
	if len(b) < HeaderLen {
		return Header{}, fmt.Errorf("%w: a request of %d bytes, want at least %d", ErrMalformed, len(b), HeaderLen)
	}
	return Header{
		Key:         int16(binary.BigEndian.Uint16(b)),
		Version:     int16(binary.BigEndian.Uint16(b[2:])),
		Correlation: int32(binary.BigEndian.Uint32(b[4:])),
	}, nil
}

// ReadClient reads what follows the fixed beginning of a header: the client id and, in
// a flexible header, tags. It returns the request's body.
func (h *Header) ReadClient(b []byte, flexible bool) (body []byte, err error) {
	r := reader{b: b[HeaderLen:]}
	h.Client = r.nullableString16()
	if flexible {
		r.tags()
	}
	if r.bad {
		return nil, fmt.Errorf("%w: header of request %d", ErrMalformed, h.Key)
	}
	return r.b, nil
}

// AppendHeader begins an answer: its length, which EndAnswer fills in, the correlation
// id and, in a flexible header, no tags.
func AppendHeader(dst []byte, correlation int32, flexible bool) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(correlation))
	if flexible {
		dst = append(dst, 0)
	}
	return dst
}

// EndAnswer writes the length of an answer that is complete.
func EndAnswer(answer []byte) {
	binary.BigEndian.PutUint32(answer, uint32(len(answer)-SizeLen))
}

// A reader takes values off the front of b. Past the end it is bad, and gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) int16() int16 {
	if b := r.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > math.MaxUint32 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// compact reads a compact length: one more than what follows, 0 for null.
func (r *reader) compact() int {
	n := r.uvarint()
	if n > uint64(len(r.b))+1 {
		r.bad, r.b = true, nil
		return -1
	}
	return int(n) - 1
}

// length reads the length of bytes or of an array; -1 is null.
func (r *reader) length(flexible bool) int {
	if flexible {
		return r.compact()
	}
	return int(r.int32())
}

// bytes reads bytes; nil when they are null.
func (r *reader) bytes(flexible bool) []byte {
	if n := r.length(flexible); n >= 0 {
		return r.take(n)
	}
	return nil
}

func (r *reader) nullableString16() string {
	if n := r.int16(); n > 0 {
		return string(r.take(int(n)))
	}
	return ""
}

// string reads a string; a null one is empty.
func (r *reader) string(flexible bool) string {
	if !flexible {
		return r.nullableString16()
	}
	if n := r.compact(); n > 0 {
		return string(r.take(n))
	}
	return ""
}

// name reads a string that may not be null.
func (r *reader) name(flexible bool) string {
	n := 0
	if flexible {
		n = r.compact()
	} else {
		n = int(r.int16())
	}
	return string(r.take(n))
}

// tags skips tagged fields.
func (r *reader) tags() {
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		r.uvarint()
		size := r.uvarint()
		r.take(int(min(size, uint64(len(r.b))+1)))
	}
}
