package wire

import (
	"fmt"
	"strings"
)

// A Part is a piece of a frame that means something: its bytes lie at an offset of
// what was explained. Flags that share a byte are Parts at the same place.
type Part struct {
	Name, Value string
	At, Length  int
}

// Explain reads the frames in b, which may be cut off anywhere, and says what each
// piece of them is. The name is that of the first frame's method: a method with the
// header and the body that follow it reads as one. Where bytes stop making sense, the
// rest is one Part called "malformed".
func Explain(b []byte) (name string, parts []Part) {
	e := explainer{b: b, end: len(b)}
	for e.at < len(b) && !e.bad {
		frame := e.frame()
		if name == "" {
			name = frame
		}
	}
	return name, e.parts
}

// An explainer walks through bytes and notes what it passes.
type explainer struct {
	b     []byte
	at    int
	end   int // of what may be read now: the payload of a frame or, in a table, its bytes
	bad   bool
	parts []Part
}

var frameTypes = map[byte]string{FrameMethod: "method", FrameHeader: "header", FrameBody: "body", FrameHeartbeat: "heartbeat"}

// frame explains one frame, and returns its name.
func (e *explainer) frame() string {
	kind, ok := e.number("frame type", 1)
	name := frameTypes[byte(kind)]
	if ok && name == "" {
		name = "frame of unknown type"
	}
	if ok {
		e.parts[len(e.parts)-1].Value = fmt.Sprintf("%d (%s)", kind, name)
	}
	e.number("channel", 2)
	size, ok := e.number("size", 4)
	if !ok {
		return name
	}
	start := e.at
	e.end = len(e.b)
	whole := uint64(len(e.b)-start) >= size
	if whole {
		e.end = start + int(size)
	}
	switch byte(kind) {
	case FrameMethod:
		name = e.method()
	case FrameHeader:
		e.header()
	case FrameBody:
		e.rest("body")
	}
	if e.at < e.end {
		e.malformed()
	}
	e.end = len(e.b)
	if whole && !e.bad {
		if mark, ok := e.number("frame end", 1); ok {
			e.parts[len(e.parts)-1].Value = fmt.Sprintf("0x%02X", mark)
		}
	}
	return name
}

func (e *explainer) method() string {
	class, _ := e.number("class-id", 2)
	method, ok := e.number("method-id", 2)
	if !ok {
		return "method"
	}
	id := ID{uint16(class), uint16(method)}
	layout, ok := layouts[id]
	if !ok {
		e.malformed()
		return id.String()
	}
	e.parts[len(e.parts)-1].Value = fmt.Sprintf("%d (%s)", method, id)
	for field := range strings.SplitSeq(layout, ", ") {
		if field != "" {
			e.field(field)
		}
	}
	return id.String()
}

func (e *explainer) header() {
	e.number("class-id", 2)
	e.number("weight", 2)
	e.number("body size", 8)
	flags, ok := e.number("property flags", 2)
	if !ok {
		return
	}
	e.parts[len(e.parts)-1].Value = fmt.Sprintf("0x%04X", flags)
	for i, field := range propertyLayout {
		if flags&(1<<(15-i)) != 0 {
			e.field(field)
		}
	}
}

// numberWidths gives the bytes of the domains that are numbers.
var numberWidths = map[string]int{"octet": 1, "short": 2, "long": 4, "longlong": 8}

// field explains one field of a layout.
func (e *explainer) field(layout string) {
	domain, name, _ := strings.Cut(layout, " ")
	switch domain {
	case "shortstr":
		e.text(name, 1)
	case "longstr":
		e.text(name, 4)
	case "table":
		e.table(name)
	case "bits":
		e.bits(strings.Fields(name))
	default:
		e.number(name, numberWidths[domain])
	}
}

// take notes the next n bytes, unless there are fewer: then what there is is left
// over, or was cut off.
func (e *explainer) take(name string, n int) ([]byte, bool) {
	if e.bad || n > e.end-e.at {
		if e.end < len(e.b) {
			e.malformed()
		} else {
			e.rest(name + " (cut off)")
		}
		return nil, false
	}
	b := e.b[e.at : e.at+n]
	e.parts = append(e.parts, Part{Name: name, At: e.at, Length: n})
	e.at += n
	return b, true
}

// rest notes all that may be read now as one.
func (e *explainer) rest(name string) {
	if e.at < e.end {
		e.parts = append(e.parts, Part{name, printable(e.b[e.at:e.end]), e.at, e.end - e.at})
		e.at = e.end
	}
}

// malformed gives up: what is left means nothing that we know.
func (e *explainer) malformed() {
	if !e.bad {
		e.bad, e.end = true, len(e.b)
		e.rest("malformed")
	}
}

func (e *explainer) number(name string, width int) (n uint64, ok bool) {
	b, ok := e.take(name, width)
	for _, octet := range b {
		n = n<<8 | uint64(octet)
	}
	if ok {
		e.parts[len(e.parts)-1].Value = fmt.Sprint(n)
	}
	return n, ok
}

// length reads a length of width bytes without noting it. ok is false, and what is
// left has been noted, when there are not as many bytes after it.
func (e *explainer) length(name string, width int) (n int, ok bool) {
	if e.bad || width > e.end-e.at {
		e.take(name, width)
		return 0, false
	}
	var size uint64
	for _, octet := range e.b[e.at : e.at+width] {
		size = size<<8 | uint64(octet)
	}
	if size > uint64(e.end-e.at-width) {
		e.take(name, e.end-e.at+1)
		return 0, false
	}
	return int(size), true
}

// text notes a string with its length of width bytes.
func (e *explainer) text(name string, width int) {
	if n, ok := e.length(name, width); ok {
		b, _ := e.take(name, width+n)
		e.parts[len(e.parts)-1].Value = printable(b[width:])
	}
}

// bits notes flags that share a byte.
func (e *explainer) bits(names []string) {
	b, ok := e.take(names[0], 1)
	if !ok {
		return
	}
	first := e.parts[len(e.parts)-1]
	e.parts = e.parts[:len(e.parts)-1]
	for i, name := range names {
		e.parts = append(e.parts, Part{name, fmt.Sprint(b[0]&(1<<i) != 0), first.At, 1})
	}
}

// table notes the fields of a table one by one, after its length.
func (e *explainer) table(name string) {
	n, ok := e.length(name, 4)
	if !ok {
		return
	}
	e.take(name, 4)
	e.parts[len(e.parts)-1].Value = fmt.Sprintf("%d bytes", n)
	outer := e.end
	for e.end = e.at + n; e.at < e.end && !e.bad; {
		e.entry(name)
	}
	if !e.bad {
		e.end = outer
	}
}

// entry notes a field of a table, called after both.
func (e *explainer) entry(table string) {
	c := codec{buf: e.b[e.at:e.end]}
	var name string
	c.shortstr(&name)
	value := c.value(0)
	if c.err != nil {
		e.malformed()
		return
	}
	e.take(table+"."+printable([]byte(name)), e.end-e.at-len(c.buf))
	e.parts[len(e.parts)-1].Value = valueText(value)
}

// valueText writes a value of a table for people.
func valueText(value any) string {
	switch v := value.(type) {
	case nil:
		return "void"
	case string:
		return printable([]byte(v))
	case []byte:
		return printable(v)
	case Table:
		var out []string
		for _, f := range v {
			out = append(out, f.Name+": "+valueText(f.Value))
		}
		return "{" + strings.Join(out, ", ") + "}"
	case []any:
		var out []string
		for _, element := range v {
			out = append(out, valueText(element))
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	return fmt.Sprint(value)
}

// maxValue is how many bytes of text a value shows.
const maxValue = 200

// printable is text as it is, and bytes that are no text in hexadecimal.
func printable(b []byte) string {
	more := ""
	if len(b) > maxValue {
		b, more = b[:maxValue], "…"
	}
	text := strings.ToValidUTF8(string(b), "")
	if len(b)-len(text) > 3 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) }) {
		return fmt.Sprintf("% X", b) + more
	}
	return text + more
}
