package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// heartbeat is the time of silence after which a comment is sent: it keeps
	// proxies from closing the stream, and finds pages that are gone.
	heartbeat = 15 * time.Second
	// slowReader is how long one write may take.
	slowReader = 10 * time.Second
	// stateTime is how long a new page waits for the broker's state.
	stateTime = 10 * time.Second
)

// getStream sends what happens in a lab, as server-sent events. An id is
// "<epoch>-<number>"; Last-Event-ID, or ?last=, resumes after it.
func (s *Server) getStream(c echo.Context) error {
	lab, err := s.lab(c)
	if err != nil {
		return err
	}
	b := s.benches.of(s.user(c), lab)
	return s.stream(c, b.ring, func(ctx context.Context) (Update, bool) { return b.state(ctx) })
}

// getReloads tells a page that its author has saved something.
func (s *Server) getReloads(c echo.Context) error {
	if !s.opts.Live {
		return fmt.Errorf("reloads without live content: %w", errNoPage)
	}
	return s.stream(c, s.reloads, nil)
}

// stream sends a ring's entries until the page goes or the server stops.
func (s *Server) stream(c echo.Context, r *ring, state func(context.Context) (Update, bool)) error {
	wake, leave, ok := r.watch()
	if !ok {
		return errManyPages
	}
	defer leave()
	from, resumed := s.resumeFrom(c)
	start, last := r.span()
	if !resumed {
		from = start
	}
	out := &eventWriter{response: c.Response(), epoch: s.epoch, lang: s.lang(c)}
	if err := out.begin(); err != nil {
		return nil //nolint:nilerr // the page is gone
	}
	fresh, told := !resumed && state != nil, false
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		entries, gap := r.since(from)
		if gap {
			out.add(entry{data: []byte(`{"type":"gap"}`)})
			from, _ = r.span()
			entries, _ = r.since(from)
		}
		for _, e := range entries {
			if old := !resumed && e.id <= last; !e.once || !old {
				out.add(e)
			}
			from = e.id
		}
		if (gap || fresh) && state != nil {
			out.addState(c.Request().Context(), state)
			fresh = false
		}
		if !told {
			out.told()
			told = true
		}
		if err := out.flush(); err != nil {
			return nil //nolint:nilerr // the page is gone
		}
		select {
		case <-wake:
		case <-ticker.C:
			out.comment()
		case <-c.Request().Context().Done():
			return nil
		case <-s.stopping:
			return nil
		}
	}
}

// resumeFrom is the number of the last event that the page has, and whether it
// has any of this process. The header is newer than ?last=: a browser that
// reconnects by itself repeats the address and adds the header.
func (s *Server) resumeFrom(c echo.Context) (uint64, bool) {
	last := c.Request().Header.Get("Last-Event-ID")
	if last == "" {
		last = c.QueryParam("last")
	}
	epoch, number, _ := strings.Cut(last, "-")
	if id, err := strconv.ParseUint(number, 10, 64); err == nil && epoch == s.epoch {
		return id, true
	}
	return 0, false
}

// An eventWriter writes server-sent events in batches.
type eventWriter struct {
	response *echo.Response
	epoch    string
	lang     string
	buf      bytes.Buffer
}

// begin sends the head, and takes the stream out of the server's time limits.
func (w *eventWriter) begin() error {
	head := w.response.Header()
	head.Set("Content-Type", "text/event-stream; charset=utf-8")
	head.Set("X-Accel-Buffering", "no")
	// A connection that has no deadlines, as in a test's recorder, needs none lifted.
	_ = http.NewResponseController(w.response).SetReadDeadline(time.Time{})
	w.response.WriteHeader(http.StatusOK)
	w.buf.WriteString("retry: 1000\n\n")
	return w.flush()
}

// add appends one event; number 0 means that it has none.
func (w *eventWriter) add(e entry) {
	if e.id > 0 {
		fmt.Fprintf(&w.buf, "id: %s-%d\n", w.epoch, e.id)
	}
	data := e.data
	if text := e.texts[w.lang]; text != "" {
		data = withText(data, text)
	}
	w.buf.WriteString("data: ")
	w.buf.Write(data) // JSON on one line: encoding/json escapes line ends
	w.buf.WriteString("\n\n")
}

// addState appends the state of the broker as it is now, if a lab is open.
func (w *eventWriter) addState(ctx context.Context, state func(context.Context) (Update, bool)) {
	ctx, cancel := context.WithTimeout(ctx, stateTime)
	defer cancel()
	u, ok := state(ctx)
	if !ok {
		return
	}
	if data, err := u.encode(); err == nil {
		w.add(entry{data: data})
	}
}

// told says to a page that it has heard all that there was to say. It is an event of
// another name, so that only a page that waits for it takes notice.
func (w *eventWriter) told() { w.buf.WriteString("event: told\ndata:all\n\n") }

func (w *eventWriter) comment() { w.buf.WriteString(": still here\n\n") }

// flush sends what was added.
func (w *eventWriter) flush() error {
	if w.buf.Len() == 0 {
		return nil
	}
	control := http.NewResponseController(w.response)
	_ = control.SetWriteDeadline(time.Now().Add(slowReader)) // a recorder has no deadlines
	_, err := w.response.Write(w.buf.Bytes())
	w.buf.Reset()
	if err != nil {
		return err
	}
	return control.Flush()
}

// withText puts a "text" into a JSON object.
func withText(object []byte, text string) []byte {
	if len(object) < 2 || object[0] != '{' {
		return object
	}
	said, _ := json.Marshal(text) // a string always marshals
	head := append([]byte(`{"text":`), said...)
	if object[1] != '}' {
		head = append(head, ',')
	}
	return append(head, object[1:]...)
}
