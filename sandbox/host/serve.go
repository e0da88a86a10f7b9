package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/brokerlab/brokerlab/sandbox/link"
)

// maxRequests bounds how many requests are answered at a time.
const maxRequests = 64

// serve answers requests until the server is gone.
func (e *Env) serve(h Handler) error {
	calls := &calls{cancels: make(map[uint64]context.CancelFunc)}
	defer calls.cancelAll()
	for {
		m, files, err := e.conn.Receive()
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		case m.Cancel:
			link.CloseFiles(files)
			calls.cancel(m.ID)
			continue
		}
		if len(m.Paths) > 0 {
			files, err = openAll(m.Paths)
		}
		ctx, ok := calls.begin(m.ID)
		if err != nil || !ok {
			link.CloseFiles(files)
			e.answer(m.ID, nil, errors.Join(err, errTooMany(ok)))
			continue
		}
		go func() {
			defer calls.cancel(m.ID)
			handle := h.Handle
			if m.Method == DoctorMethod {
				handle = func(ctx context.Context, _ string, params json.RawMessage, files []*os.File) (any, error) {
					defer link.CloseFiles(files)
					return e.doctor(ctx, params, files)
				}
			}
			out, err := handle(ctx, m.Method, m.Body, files)
			e.answer(m.ID, out, err)
		}()
	}
}

func errTooMany(ok bool) error {
	if ok {
		return nil
	}
	return fmt.Errorf("more than %d requests at a time", maxRequests)
}

// answer sends a result, or what went wrong.
func (e *Env) answer(id uint64, out any, err error) {
	m := link.Message{ID: id}
	if err == nil && out != nil {
		m.Body, err = json.Marshal(out)
	}
	if err == nil && len(m.Body) > link.MaxBody {
		err = fmt.Errorf("%w: answer of %d bytes", link.ErrTooLarge, len(m.Body))
	}
	if err != nil {
		m.Body, m.Error = nil, &link.Error{Message: clip(err.Error())}
		var coded interface{ Code() string }
		if errors.As(err, &coded) {
			m.Error.Code = coded.Code()
		}
	}
	if !e.out.push(m) {
		slog.Error("answer dropped: the server reads too slowly", "request", id)
	}
}

// maxError is the longest error that is sent, in bytes: heads have to stay small.
const maxError = 4 << 10

func clip(s string) string {
	if len(s) > maxError {
		return s[:maxError] + "…"
	}
	return s
}

// calls holds the requests that are being answered.
type calls struct {
	mu      sync.Mutex
	cancels map[uint64]context.CancelFunc
}

func (c *calls) begin(id uint64) (context.Context, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cancels) >= maxRequests {
		return nil, false
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancels[id] = cancel
	return ctx, true
}

func (c *calls) cancel(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.cancels[id]; cancel != nil {
		cancel()
		delete(c.cancels, id)
	}
}

func (c *calls) cancelAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cancel := range c.cancels {
		cancel()
	}
}
