package brokers

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// noting keeps the beginning of what a connection's reader takes in, so that a
// request is there as it was on the wire and not as it was understood.
type noting struct {
	in    io.Reader
	start []byte // of the current request, and of what was read beyond it
	size  int    // of all that
	// failed: there is nothing more to read.
	failed bool
}

func (n *noting) Read(p []byte) (int, error) {
	got, err := n.in.Read(p)
	n.failed = n.failed || err != nil
	n.note(p[:got])
	return got, err
}

func (n *noting) note(b []byte) {
	n.size += len(b)
	n.start = append(n.start, b[:min(len(b), MaxFrameBytes-len(n.start))]...)
}

// begin starts a request with what in has read ahead.
func (n *noting) begin(in *bufio.Reader) {
	ahead, _ := in.Peek(in.Buffered())
	n.start, n.size = n.start[:0], 0
	n.note(ahead)
}

// frame is the request, once in has given out its last byte.
func (n *noting) frame(in *bufio.Reader) RawFrame {
	size := n.size - in.Buffered()
	return RawFrame{Size: size, Bytes: n.start[:min(size, len(n.start))], Explain: ExplainHTTP}
}

// ExplainHTTP reads the beginning of an HTTP/1.1 request: method, path, headers and
// body, as far as they are there. The name is "POST /charges".
func ExplainHTTP(b []byte) (name string, fields []Field) {
	line, at := cutLine(b, 0)
	method, rest, _ := strings.Cut(line, " ")
	path, version, _ := strings.Cut(rest, " ")
	fields = append(fields, Field{"method", method, 0, len(method)})
	if path != "" {
		fields = append(fields, Field{"path", path, len(method) + 1, len(path)})
	}
	if version != "" {
		fields = append(fields, Field{"version", version, len(method) + len(path) + 2, len(version)})
	}
	for at < len(b) {
		line, next := cutLine(b, at)
		if line == "" {
			at = next
			break
		}
		header, value, _ := strings.Cut(line, ":")
		fields = append(fields, Field{strings.ToLower(header), strings.TrimSpace(value), at, len(line)})
		at = next
	}
	if at < len(b) {
		fields = append(fields, Field{"body", string(b[at:]), at, len(b) - at})
	}
	return strings.TrimSpace(method + " " + path), fields
}

// cutLine returns the line at an offset, and where the next one begins.
func cutLine(b []byte, at int) (line string, next int) {
	end := bytes.IndexByte(b[at:], '\n')
	if end < 0 {
		return string(b[at:]), len(b)
	}
	return string(bytes.TrimSuffix(b[at:at+end], []byte{'\r'})), at + end + 1
}
