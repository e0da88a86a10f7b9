package grader

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/brokerlab/brokerlab/brokers/containers"
	"github.com/brokerlab/brokerlab/labs"
)

// Backends: what a lab's brokers are.
const (
	Miniature  = "miniature"  // ours, inside the lab host
	Containers = "containers" // real ones, started with docker, one for all labs; each run has a virtual host of its own
)

// Starting tells how far a container is that a lab waits for.
type Starting = containers.Progress

// A Place is where a lab runs, and who hears of the way there.
type Place struct {
	Backend  string         // Miniature, which is the default, or Containers
	Pull     bool           // download an image that is not on this machine
	Starting func(Starting) // of the containers that are waited for; may be nil
}

// On returns a grader that runs labs at a place. It has its containers and its open
// labs in common with g, which stays as it is; Close of either ends both.
func (g *Grader) On(p Place) *Grader {
	on := *g
	on.real = nil
	if p.Backend == Containers {
		on.real = &realPlace{g.all, p}
	}
	return &on
}

// A realPlace is the containers, as one sees them who may wait for them.
type realPlace struct {
	*realBrokers
	place Place
}

// An Offer says whether a lab can run on real brokers here.
type Offer struct {
	Brokers []Real // those of the lab
	Pull    bool   // an image has to be downloaded first
	Lack    *Lack  // why not; nil if it can
}

// A Real is a broker in a container.
type Real struct {
	Broker  string `json:"broker"`
	Image   string `json:"image"`
	Version string `json:"version,omitempty"` // known once it has started
}

// Contained reports whether there is an image for every broker of a lab, so that docker
// is worth asking.
func (g *Grader) Contained(lab *labs.Lab) bool { return g.all.unknown(lab) == "" }

// Offer asks docker whether a lab could run on real brokers.
func (g *Grader) Offer(ctx context.Context, lab *labs.Lab) Offer {
	var o Offer
	if kind := g.all.unknown(lab); kind != "" {
		o.Lack = lackOf(&noImageYetError{kind})
		return o
	}
	for _, b := range lab.Brokers {
		image := g.all.images[b.Name]
		o.Brokers = append(o.Brokers, Real{Broker: b.Name, Image: image.Ref, Version: g.all.version(b.Name)})
		err := containers.Available(ctx, b.Name, image)
		var none *containers.NoImageError
		if errors.As(err, &none) {
			o.Pull = true
		} else if err != nil {
			o.Lack = lackOf(err)
			return o
		}
	}
	return o
}

// unknown is the first broker of a lab that has no container yet; "" if all have.
func (r *realBrokers) unknown(lab *labs.Lab) string {
	for _, b := range lab.Brokers {
		if _, ok := r.images[b.Name]; !ok || slices.Contains(lab.Steps, "console") {
			return b.Name // the tools of a console reach ports that no container gives away
		}
	}
	return ""
}

// version is what the container of a broker says of itself; "" while there is none.
func (r *realBrokers) version(broker string) string {
	r.mu.Lock()
	s := r.starts[broker]
	r.mu.Unlock()
	if s == nil {
		return ""
	}
	select {
	case <-s.done:
		if s.c != nil {
			return s.c.Version
		}
	default:
	}
	return ""
}

// A Lack is why a real broker cannot be had, in a word and with its particulars.
type Lack struct {
	Code   string // see below
	Broker string
	Image  string
	Detail string // what docker, the registry or the broker said; English
}

// What can be lacking.
const (
	LackDocker     = "docker"     // no daemon answers
	LackPermission = "permission" // one is there, and we may not speak to it
	LackImage      = "image"      // is not on this machine
	LackPull       = "pull"       // could not be downloaded
	LackReady      = "ready"      // the broker did not begin to speak
	LackGone       = "gone"       // the container has ended
	LackKind       = "kind"       // this broker has no container yet
)

// LackOf finds in an error of Open, Run or Submit that a real broker was not to be
// had; nil if it says something else.
func LackOf(err error) *Lack { return lackOf(err) }

func lackOf(err error) *Lack {
	var (
		docker *containers.NoDockerError
		image  *containers.NoImageError
		pull   *containers.PullError
		ready  *containers.NotReadyError
		gone   *containers.GoneError
		kind   *noImageYetError
	)
	switch {
	case errors.As(err, &docker) && errors.Is(docker.Err, os.ErrPermission):
		return &Lack{Code: LackPermission, Detail: docker.Endpoint}
	case errors.As(err, &docker):
		return &Lack{Code: LackDocker, Detail: docker.Endpoint}
	case errors.As(err, &image):
		return &Lack{Code: LackImage, Broker: image.Broker, Image: image.Ref}
	case errors.As(err, &pull):
		return &Lack{Code: LackPull, Broker: pull.Broker, Image: pull.Ref, Detail: pull.Err.Error()}
	case errors.As(err, &ready):
		return &Lack{Code: LackReady, Broker: ready.Broker, Image: ready.Ref, Detail: last(ready)}
	case errors.As(err, &gone):
		return &Lack{Code: LackGone, Broker: gone.Broker, Image: gone.Ref}
	case errors.As(err, &kind):
		return &Lack{Code: LackKind, Broker: kind.broker}
	}
	return nil
}

// last is the newest thing that is known of a broker which did not speak.
func last(e *containers.NotReadyError) string {
	if n := len(e.Log); n > 0 {
		return e.Log[n-1]
	}
	return e.Last.Error()
}

// lacking reports whether an error says that something is not on this machine:
// trying again changes nothing.
func lacking(err error) bool {
	l := lackOf(err)
	return l != nil && l.Code != LackReady && l.Code != LackGone
}

// A noImageYetError says that a broker is not among those that have images.
type noImageYetError struct{ broker string }

func (e *noImageYetError) Error() string {
	return fmt.Sprintf("%s cannot be run in a container yet", e.broker)
}

// A start is a container that is being started, or was, and who waits for it.
type start struct {
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
	c      *containers.Container // when done is closed
	err    error

	mu      sync.Mutex
	now     Starting
	waiting map[*int]func(Starting)
}

func newStart(ctx context.Context) *start {
	s := &start{done: make(chan struct{}), waiting: make(map[*int]func(Starting))}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// begin starts the container, and tells whoever waits.
func (s *start) begin(spec containers.Spec, report func(Starting)) {
	c, err := containers.Start(s.ctx, spec, func(p Starting) {
		report(p)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now = p
		for _, tell := range s.waiting {
			tell(p)
		}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if c != nil && s.ctx.Err() != nil { // given up just as it spoke: somebody may have begun another
		err = errors.Join(s.ctx.Err(), c.Close())
		c = nil
	}
	s.c, s.err = c, err
	close(s.done)
}

// join waits along, and hears first how far it is. When the last of those who wait
// leaves before the container is there, it is given up.
func (s *start) join(tell func(Starting)) (leave func()) {
	if tell == nil {
		tell = func(Starting) {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.Phase != "" && !s.isDone() {
		tell(s.now)
	}
	me := new(int)
	s.waiting[me] = tell
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiting, me)
		if len(s.waiting) == 0 && !s.isDone() {
			s.cancel()
		}
	}
}

func (s *start) isDone() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// over reports whether nothing comes of it any more.
func (s *start) over() bool {
	if s.isDone() {
		return s.err != nil
	}
	return s.ctx.Err() != nil
}
