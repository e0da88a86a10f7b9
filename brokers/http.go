package brokers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// headerLimit bounds a request's line and headers, in bytes.
const headerLimit = 64 << 10

// answerTime is how long a client may take to read an answer.
const answerTime = 5 * time.Second

// ServeHTTP speaks HTTP/1.1 on one connection until the client or a fault ends
// it. One goroutine reads a whole request, has s.Handle run h on it, and writes the
// answer; events that h appends carry the request as their Frame. So the connection is
// busy exactly while a request is unhandled, which net/http's server, reading ahead, could
// not promise. A body over limit bytes is answered with 413. h must not block.
func ServeHTTP(c net.Conn, s *Sequencer, h http.Handler, limit int64) error {
	bounded := &io.LimitedReader{R: c}
	noted := &noting{in: bounded}
	in := bufio.NewReader(noted)
	for {
		bounded.N = headerLimit + limit
		noted.begin(in)
		req, body, err := readRequest(in, c, limit)
		if err != nil && noted.failed && bounded.N > 0 {
			return nil // the client has left, or the broker ends: nobody waits for an answer
		}
		if err != nil {
			return endHTTP(c, err)
		}
		raw := noted.frame(in)
		req.RemoteAddr = c.RemoteAddr().String()
		req.Body = io.NopCloser(bytes.NewReader(body))
		var out Answer
		if err := s.Handle(c, func() {
			s.journal.Handling(raw)
			h.ServeHTTP(&out, req)
		}); err != nil {
			return err
		}
		if conn, ok := c.(*Conn); ok {
			conn.keepBack()
		}
		if err := out.send(c, req); err != nil {
			return err
		}
		if req.Close {
			return nil
		}
	}
}

// errTooLarge marks a body over the limit.
var errTooLarge = errors.New("the body is too large")

func readRequest(in *bufio.Reader, c net.Conn, limit int64) (*http.Request, []byte, error) {
	req, err := http.ReadRequest(in)
	if err != nil {
		return nil, nil, err
	}
	if req.ContentLength > limit {
		return nil, nil, errTooLarge
	}
	if req.Header.Get("Expect") == "100-continue" {
		if _, err := io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return nil, nil, err
		}
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the body: %w", err)
	}
	if int64(len(body)) > limit {
		return nil, nil, errTooLarge
	}
	return req, body, nil
}

// endHTTP answers a request that means nothing or is too long, and says why the
// connection ended.
func endHTTP(c net.Conn, err error) error {
	code := http.StatusBadRequest
	if errors.Is(err, errTooLarge) {
		code = http.StatusRequestEntityTooLarge
	}
	var out Answer
	http.Error(&out, err.Error(), code)
	_ = out.send(c, &http.Request{Method: http.MethodGet, ProtoMajor: 1, ProtoMinor: 1, Close: true})
	return err
}

// An Answer collects what a handler writes. It is also for who asks a handler of this
// process without a connection.
type Answer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *Answer) Header() http.Header {
	if a.header == nil {
		a.header = make(http.Header)
	}
	return a.header
}

// WriteHeader implements http.ResponseWriter.
func (a *Answer) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}

// Write implements http.ResponseWriter.
func (a *Answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// Status is the answer's code; 0 before there is any.
func (a *Answer) Status() int { return a.code }

// Body is what was written so far.
func (a *Answer) Body() []byte { return a.body.Bytes() }

func (a *Answer) send(c net.Conn, req *http.Request) error {
	a.WriteHeader(http.StatusOK)
	a.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	resp := http.Response{
		StatusCode: a.code, ProtoMajor: 1, ProtoMinor: 1, Request: req, Close: req.Close,
		Header: a.header, ContentLength: int64(a.body.Len()), Body: io.NopCloser(&a.body),
	}
	var out bytes.Buffer
	if err := resp.Write(&out); err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	if err := c.SetWriteDeadline(time.Now().Add(answerTime)); err != nil {
		return err
	}
	_, err := c.Write(out.Bytes())
	return err
}
