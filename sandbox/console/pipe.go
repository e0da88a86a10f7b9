package console

import (
	"context"
	"io"
	"sync"
)

// maxPiped bounds what waits in a pipe or at a keyboard, in bytes.
const maxPiped = 64 << 10

// A pipe is between two commands, or between a keyboard and a command. Reads and
// writes end when its context does.
type pipe struct {
	ctx    context.Context
	broken func() // called when nobody will read any more; may be nil

	mu     sync.Mutex
	change chan struct{} // closed, and made anew, at every change
	data   []byte
	ended  bool // nothing more is written
	gone   bool // nothing more is read
}

func newPipe(ctx context.Context) *pipe { return &pipe{ctx: ctx, change: make(chan struct{})} }

// changed tells whoever waits; p.mu is held.
func (p *pipe) changed() {
	close(p.change)
	p.change = make(chan struct{})
}

// Read waits for something to read.
func (p *pipe) Read(b []byte) (int, error) {
	for {
		p.mu.Lock()
		if len(p.data) > 0 {
			n := copy(b, p.data)
			p.data = p.data[n:]
			p.changed()
			p.mu.Unlock()
			return n, nil
		}
		ended, change := p.ended, p.change
		p.mu.Unlock()
		if ended {
			return 0, io.EOF
		}
		select {
		case <-change:
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
}

// Write waits for room.
func (p *pipe) Write(b []byte) (int, error) {
	written := 0
	for len(b) > 0 {
		p.mu.Lock()
		if p.gone || p.ended {
			p.mu.Unlock()
			return written, io.ErrClosedPipe
		}
		n := min(len(b), maxPiped-len(p.data))
		p.data = append(p.data, b[:n]...)
		b, written = b[n:], written+n
		if n > 0 {
			p.changed()
		}
		change := p.change
		p.mu.Unlock()
		if len(b) == 0 {
			break
		}
		select {
		case <-change:
		case <-p.ctx.Done():
			return written, p.ctx.Err()
		}
	}
	return written, nil
}

// closeWrite says that nothing more comes.
func (p *pipe) closeWrite() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.changed()
}

// closeRead says that nobody reads any more.
func (p *pipe) closeRead() {
	p.mu.Lock()
	p.gone = true
	p.changed()
	p.mu.Unlock()
	if p.broken != nil {
		p.broken()
	}
}
