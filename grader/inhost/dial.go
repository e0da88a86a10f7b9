package inhost

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"github.com/brokerlab/brokerlab/grader/trial"
)

// maxDials is how many connections to real brokers may be asked for at a time.
const maxDials = 16

// dials asks the server for connections to real brokers: a host has no network
// but the lab's own.
type dials struct {
	machine machine
	turns   chan struct{}

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan dialled
}

type dialled struct {
	conn net.Conn
	err  error
}

func newDials(m machine) *dials {
	return &dials{machine: m, turns: make(chan struct{}, maxDials), waiting: make(map[uint64]chan dialled)}
}

// dial returns a connection to a broker.
func (d *dials) dial(ctx context.Context, broker string) (net.Conn, error) {
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	answer := make(chan dialled, 1)
	d.mu.Lock()
	d.last++
	id := d.last
	d.waiting[id] = answer
	d.mu.Unlock()
	d.machine.Emit(trial.Dial{Type: trial.TypeDial, ID: id, Broker: broker})
	select {
	case a := <-answer:
		return a.conn, a.err
	case <-ctx.Done():
		if d.forget(id) == nil { // the answer is on its way
			if a := <-answer; a.conn != nil {
				_ = a.conn.Close()
			}
		}
		return nil, ctx.Err()
	}
}

// forget takes a question back; nil means that it is being answered.
func (d *dials) forget(id uint64) chan dialled {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := d.waiting[id]
	delete(d.waiting, id)
	return answer
}

// answered takes what the server answers. The files stay the caller's.
func (d *dials) answered(a trial.Dialled, files []*os.File) error {
	answer := d.forget(a.ID)
	if answer == nil {
		return fmt.Errorf("dial %d: nobody waits for it", a.ID)
	}
	var out dialled
	switch {
	case a.Error != "":
		out.err = errors.New(a.Error)
	case len(files) != 1:
		out.err = fmt.Errorf("dial %d: %d files, want the socket", a.ID, len(files))
	default:
		out.conn, out.err = net.FileConn(files[0])
	}
	answer <- out
	return nil
}
