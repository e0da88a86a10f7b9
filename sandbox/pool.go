package sandbox

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// retryAfter is how long the pool waits after a host could not be started.
const retryAfter = time.Second

// A pool keeps hosts ready, so that opening a lab does not wait for one.
type pool struct {
	start  func(context.Context) (*Host, error)
	log    *slog.Logger
	warm   chan *Host
	ctx    context.Context
	cancel context.CancelFunc
	filled sync.WaitGroup
}

// newPool keeps size hosts ready, first being one of them.
func newPool(size int, start func(context.Context) (*Host, error), log *slog.Logger, first *Host) *pool {
	p := &pool{start: start, log: log, warm: make(chan *Host, max(size-1, 0))}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if size == 0 {
		first.Close()
		return p
	}
	p.filled.Add(1)
	go p.fill(first)
	return p
}

// fill keeps the channel full, and one host in hand.
func (p *pool) fill(h *Host) {
	defer p.filled.Done()
	for {
		if h != nil {
			select {
			case p.warm <- h:
			case <-h.Done(): // it died unused
			case <-p.ctx.Done():
				h.Close()
				return
			}
		}
		var err error
		if h, err = p.start(p.ctx); err == nil {
			continue
		}
		h = nil
		if p.ctx.Err() != nil {
			return
		}
		p.log.Error("sandbox: no host for the pool", "err", err)
		select {
		case <-time.After(retryAfter):
		case <-p.ctx.Done():
			return
		}
	}
}

// take gives a host that lives, from the pool or new.
func (p *pool) take(ctx context.Context) (*Host, error) {
	for {
		select {
		case h := <-p.warm:
			if h.Err() == nil {
				return h, nil
			}
			continue // it died unused
		case <-p.ctx.Done():
			return nil, ErrClosed
		default:
			return p.start(ctx)
		}
	}
}

// close ends the hosts that nobody took.
func (p *pool) close() {
	p.cancel()
	p.filled.Wait()
	for {
		select {
		case h := <-p.warm:
			h.Close()
		default:
			return
		}
	}
}
