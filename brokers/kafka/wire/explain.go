package wire

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// A Part is a piece of a request that means something: its bytes lie at an offset of what
// was explained. Records that were compressed all lie where the compressed bytes do.
type Part struct {
	Name, Value string
	At, Length  int
}

// Explain says what each piece of a request is, from its header on, without the four
// bytes of its length. The request may be cut off anywhere; what cannot be read is left
// out. Bodies that are not in bodies stay unexplained.
func Explain(b []byte, name string, flexible bool) []Part {
	h, err := ReadHeader(b)
	if err != nil {
		return nil
	}
	e := &explainer{b: b}
	e.number("api key", 2, func(n int64) string { return strings.TrimSpace(fmt.Sprintf("%d %s", n, name)) })
	e.number("api version", 2, nil)
	e.number("correlation id", 4, nil)
	e.text("client id") // never compact
	e.flexible = flexible
	e.tags()
	e.walk(bodies[h.Key], h.Version)
	return e.parts
}

// ExplainFetched does the same with an answer to Fetch of a version from 4 to 12.
func ExplainFetched(b []byte, version int16) []Part {
	e := &explainer{b: b, answer: true}
	e.number("correlation id", 4, nil)
	e.flexible = version >= 12
	e.tags()
	e.walk(fetched, version)
	return e.parts
}

// maxParts bounds what is said of one request or answer.
const maxParts = 256

// An explainer walks through bytes and notes what it passes.
type explainer struct {
	b        []byte
	at       int
	flexible bool   // lengths are compact, and structures end with tags
	answer   bool   // it is the broker who says it
	over     bool   // the bytes have come to their end, or make no sense
	of       string // which batch it is, before the names of its records
	parts    []Part
}

// A piece is a field of a body: its name, what it is, and in which versions it is there;
// until 0 is for ever.
type piece struct {
	name         string
	is           shape
	since, until int16
	of           []piece            // of an array: what each element has
	say          func(int64) string // of a number, in place of its digits
}

type shape byte

const (
	isNumber1 shape = iota
	isNumber2
	isNumber4
	isNumber8
	isText
	isBytes
	isBatch
	isSubscription
	isAssignment
	isNumbers // an array of four bytes each
	isArray
)

var widths = map[shape]int{isNumber1: 1, isNumber2: 2, isNumber4: 4, isNumber8: 8}

// walk explains the fields of a structure, and the tags at its end.
func (e *explainer) walk(fields []piece, version int16) {
	for _, f := range fields {
		if version < f.since || (f.until > 0 && version > f.until) {
			continue
		}
		switch f.is {
		case isText:
			e.text(f.name)
		case isBytes:
			e.blob(f.name)
		case isBatch:
			e.records(f.name)
		case isSubscription, isAssignment:
			e.shares(f.name, f.is == isAssignment)
		case isNumbers:
			e.numbers(f.name)
		case isArray:
			for range e.count(f.name) {
				e.walk(f.of, version)
			}
		default:
			e.number(f.name, widths[f.is], f.say)
		}
	}
	if len(fields) > 0 {
		e.tags()
	}
}

// take passes n bytes; nil when there are not so many.
func (e *explainer) take(n int) []byte {
	if e.over || n < 0 || n > len(e.b)-e.at || len(e.parts) >= maxParts {
		e.over = true
		return nil
	}
	e.at += n
	return e.b[e.at-n : e.at]
}

func (e *explainer) note(name, value string, from int) {
	if !e.over {
		e.parts = append(e.parts, Part{Name: name, Value: value, At: from, Length: e.at - from})
	}
}

func (e *explainer) number(name string, width int, say func(int64) string) int64 {
	from := e.at
	b := e.take(width)
	if b == nil {
		return 0
	}
	padded := [8]byte{}
	if b[0]&0x80 != 0 {
		padded = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
	}
	copy(padded[8-width:], b)
	n := int64(binary.BigEndian.Uint64(padded[:]))
	value := strconv.FormatInt(n, 10)
	if say != nil {
		value = say(n)
	}
	e.note(name, value, from)
	return n
}

// length passes the length of a text, of bytes or of an array; -1 is null.
func (e *explainer) length(width int) int {
	if e.flexible {
		n, size := binary.Uvarint(e.b[e.at:])
		if size <= 0 || n > 1<<31 {
			e.over = true
			return -1
		}
		e.take(size)
		return int(n) - 1
	}
	b := e.take(width)
	switch {
	case b == nil:
		return -1
	case width == 2:
		return int(int16(binary.BigEndian.Uint16(b)))
	}
	return int(int32(binary.BigEndian.Uint32(b)))
}

func (e *explainer) text(name string) {
	from := e.at
	n := e.length(2)
	if n < 0 {
		e.note(name, "none", from)
		return
	}
	if b := e.take(n); b != nil {
		e.note(name, shown(b), from)
	}
}

func (e *explainer) blob(name string) {
	from := e.at
	n := e.length(4)
	if n < 0 {
		e.note(name, "none", from)
		return
	}
	if b := e.take(n); b != nil {
		e.note(name, fmt.Sprintf("%d bytes", len(b)), from)
	}
}

// count passes how many elements an array has. Each takes a byte at least, so no count
// is believed that goes beyond what is there.
func (e *explainer) count(name string) int {
	from := e.at
	n := e.length(4)
	e.note(name, strconv.Itoa(max(n, 0)), from)
	if e.over {
		return 0
	}
	return min(n, len(e.b)-e.at)
}

// numbers explains an array of numbers in one.
func (e *explainer) numbers(name string) {
	from := e.at
	n := e.length(4)
	if n < 0 || n > len(e.b)/4 {
		e.over = true
		return
	}
	b := e.take(4 * n)
	says := make([]string, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		says = append(says, strconv.Itoa(int(int32(binary.BigEndian.Uint32(b)))))
	}
	e.note(name, strings.Join(says, ", "), from)
}

// tags passes the tagged fields at the end of a structure, where there are such.
func (e *explainer) tags() {
	if !e.flexible || e.over || e.at >= len(e.b) {
		return
	}
	from := e.at
	r := reader{b: e.b[e.at:]}
	r.tags()
	if r.bad {
		e.over = true
		return
	}
	if e.at = len(e.b) - len(r.b); e.at-from > 1 {
		e.note("tagged fields", fmt.Sprintf("%d bytes", e.at-from), from)
	}
}

// shares explains what a consumer says of itself in JoinGroup, or is given in SyncGroup.
func (e *explainer) shares(name string, assigned bool) {
	from := e.at
	n := e.length(4)
	if n < 0 {
		e.note(name, "none", from)
		return
	}
	b := e.take(n)
	if b == nil {
		return
	}
	read, says := ReadSubscription, "topics"
	if assigned {
		read, says = ReadAssignment, "partitions"
	}
	shares, err := read(b)
	if err != nil {
		e.note(name, fmt.Sprintf("%d bytes", n), from)
		return
	}
	names := make([]string, 0, len(shares))
	for _, s := range shares {
		if !assigned {
			names = append(names, s.Topic)
			continue
		}
		for _, p := range s.Partitions {
			names = append(names, fmt.Sprintf("%s/%d", s.Topic, p))
		}
	}
	e.note(name, fmt.Sprintf("%s: %s", says, strings.Join(names, ", ")), from)
}

const longestShown = 120 // Bytes of a text, a key or a value that are shown.

// shown is bytes as text, or how many there are when they are none.
func shown(b []byte) string {
	cut := ""
	if len(b) > longestShown {
		b, cut = b[:longestShown], "…"
	}
	for _, c := range string(b) {
		if (c < 0x20 || c == 0x7f || c == '\uFFFD') && c != '\n' && c != '\t' {
			return fmt.Sprintf("% x%s", b[:min(len(b), 24)], map[bool]string{true: "…", false: cut}[len(b) > 24])
		}
	}
	return string(b) + cut
}
