package grader

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// maxDialled bounds the connections that hosts may ask for at the same time.
const maxDialled = 64

// dropTime bounds how long tidying up a virtual host may take.
const dropTime = 10 * time.Second

// realBrokers are the containers of a grader. A broker's is started when a lab
// first needs it, and stays until Close.
type realBrokers struct {
	images containers.Images
	report func(Starting)
	log    *slog.Logger
	prefix string // of virtual hosts, this grader's own
	last   atomic.Uint64
	turns  chan struct{}

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	starts map[string]*start
}

func newRealBrokers(o Options) *realBrokers {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	r := &realBrokers{
		images: o.Images, report: o.Starting, log: o.Log, prefix: "brokerlab-" + hex.EncodeToString(b[:]) + "-",
		turns: make(chan struct{}, maxDialled), starts: make(map[string]*start),
	}
	if r.report == nil {
		r.report = func(Starting) {}
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// close removes the containers, and waits for that.
func (r *realBrokers) close() {
	r.mu.Lock()
	r.cancel() // nothing is begun any more
	r.mu.Unlock()
	r.running.Wait()
	for broker, s := range r.starts {
		<-s.done
		if s.c != nil {
			if err := s.c.Close(); err != nil {
				r.log.Error("remove a container", "broker", broker, "err", err)
			}
		}
	}
	clear(r.starts)
}

// container returns the container of a broker, and starts it if there is none. A
// start that failed is tried again by whoever asks next; one that nobody waits for
// any more is given up.
func (r *realBrokers) container(ctx context.Context, broker string, p Place) (*containers.Container, error) {
	image, ok := r.images[broker]
	if !ok {
		return nil, &noImageYetError{broker}
	}
	r.mu.Lock()
	s := r.starts[broker]
	if s == nil || s.over() {
		if r.ctx.Err() != nil {
			r.mu.Unlock()
			return nil, r.ctx.Err()
		}
		s = newStart(r.ctx)
		r.starts[broker] = s
		r.running.Go(func() {
			spec := containers.Spec{Broker: broker, Image: image, Session: r.prefix, Pull: p.Pull}
			s.begin(spec, r.report)
		})
	}
	leave := s.join(p.Starting)
	r.mu.Unlock()
	defer leave()
	select {
	case <-s.done:
		return s.c, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// holds returns nil while the containers of a spec run.
func (r *realBrokers) holds(ctx context.Context, spec trial.Spec) error {
	for _, b := range spec.Brokers {
		r.mu.Lock()
		s := r.starts[b.Name]
		r.mu.Unlock()
		if s == nil || s.over() {
			return &containers.GoneError{Broker: b.Name, Ref: r.images[b.Name].Ref}
		}
		c, err := r.container(ctx, b.Name, Place{})
		if err == nil {
			err = c.Check(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ready returns a copy of a spec whose brokers are containers, each with an
// empty virtual host, and what has to be called when the run is over.
func (r *realPlace) ready(ctx context.Context, spec trial.Spec) (trial.Spec, func(), error) {
	spec.Brokers = slices.Clone(spec.Brokers)
	spec.Limits.Wall += trial.RealWait
	var made []func()
	done := func() {
		for _, drop := range made {
			drop()
		}
	}
	for i := range spec.Brokers {
		b := &spec.Brokers[i]
		c, err := r.again(ctx, b.Name)
		if err == nil {
			b.Container, b.VHost = true, r.prefix+strconv.FormatUint(r.last.Add(1), 10)
			err = c.MakeVHost(ctx, b.VHost)
		}
		if err != nil {
			done()
			return spec, nil, err
		}
		vhost := b.VHost
		made = append(made, func() { r.drop(c, vhost) })
	}
	return spec, done, nil
}

// again returns the container of a broker, and a new one if it has ended.
func (r *realPlace) again(ctx context.Context, broker string) (*containers.Container, error) {
	c, err := r.container(ctx, broker, r.place)
	if err != nil {
		return nil, err
	}
	var gone *containers.GoneError
	if err = c.Check(ctx); err == nil {
		return c, nil
	} else if !errors.As(err, &gone) {
		return nil, err
	}
	r.log.Warn("a container has ended by itself", "broker", broker, "log", c.Log(5))
	r.mu.Lock()
	if s := r.starts[broker]; s != nil && s.c == c {
		delete(r.starts, broker)
	}
	r.mu.Unlock()
	if err := c.Close(); err != nil {
		r.log.Error("remove a container", "broker", broker, "err", err)
	}
	return r.container(ctx, broker, r.place)
}

// empty makes the virtual hosts of a spec anew.
func (r *realBrokers) empty(ctx context.Context, spec trial.Spec) error {
	for _, b := range spec.Brokers {
		c, err := r.container(ctx, b.Name, Place{})
		if err != nil {
			return err
		}
		if err := errors.Join(c.DropVHost(ctx, b.VHost), c.MakeVHost(ctx, b.VHost)); err != nil {
			return err
		}
	}
	return nil
}

// drop removes a virtual host in the background: nobody waits for it. When the
// grader is closed the container goes, and everything with it.
func (r *realBrokers) drop(c *containers.Container, vhost string) {
	r.begin(func() {
		ctx, cancel := context.WithTimeout(r.ctx, dropTime)
		defer cancel()
		if err := c.DropVHost(ctx, vhost); err != nil && r.ctx.Err() == nil {
			r.log.Warn("remove a virtual host", "err", err)
		}
	})
}

// begin runs fn beside what goes on, unless the grader is being closed.
func (r *realBrokers) begin(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() == nil {
		r.running.Go(fn)
	}
}

// hear takes what a host streams, and reports whether it asked for a connection.
// It does not wait: the host's stream must go on.
func (r *realBrokers) hear(l lane, raw json.RawMessage) bool {
	var d trial.Dial
	if json.Unmarshal(raw, &d) != nil || d.Type != trial.TypeDial {
		return false
	}
	select {
	case r.turns <- struct{}{}:
		r.begin(func() {
			defer func() { <-r.turns }()
			r.dial(l, d)
		})
	default:
		r.log.Warn("a lab host asks for too many connections", "broker", d.Broker)
	}
	return true
}

// dial connects to a broker and passes the socket on.
func (r *realBrokers) dial(l lane, d trial.Dial) {
	ctx, cancel := context.WithTimeout(r.ctx, dropTime)
	defer cancel()
	answer := trial.Dialled{ID: d.ID}
	var files []*os.File
	file, err := r.socket(ctx, d.Broker)
	if err != nil {
		answer.Error = err.Error()
	} else {
		defer file.Close()
		files = append(files, file)
	}
	if err := l.Call(ctx, trial.MethodDialled, answer, nil, files...); err != nil && ctx.Err() == nil {
		r.log.Debug("pass on a connection", "broker", d.Broker, "err", err) // a host that is gone needs none
	}
}

func (r *realBrokers) socket(ctx context.Context, broker string) (*os.File, error) {
	r.mu.Lock()
	s := r.starts[broker]
	r.mu.Unlock()
	if s == nil || s.over() {
		return nil, fmt.Errorf("%s: no container was started", broker)
	}
	c, err := r.container(ctx, broker, Place{})
	if err != nil {
		return nil, err
	}
	conn, err := c.Dial(ctx, c.Image().Port)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("%s: a %T, want a TCP connection", broker, conn)
	}
	return tcp.File()
}

// refs names the image of each broker.
func (r *realBrokers) refs(spec trial.Spec) map[string]string {
	refs := make(map[string]string)
	for _, b := range spec.Brokers {
		refs[b.Name] = r.images[b.Name].Ref
	}
	return refs
}
