package containers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// A Spec says which container to start, and for whom.
type Spec struct {
	Broker  string // "rabbitmq"; for words and labels
	Image   Image
	Session string // whose it is, such as a lab's id; a label
	CPUs    float64
	Pull    bool // download the image if it is not on this machine
}

// A Progress is one step on the way to a broker that speaks.
type Progress struct {
	Phase   string        // find, pull, create, wait or ready
	Broker  string        //
	Detail  string        // the image, or the broker's newest log line
	Elapsed time.Duration // since Start was called

	Done, Total int64 // bytes of a pull; Total is 0 until the registry has said
}

// The phases of a start, in order.
const (
	PhaseFind   = "find"   // is there a docker, and the image
	PhasePull   = "pull"   // only if the image is not here, and Spec.Pull
	PhaseCreate = "create" // the container
	PhaseWait   = "wait"   // for the broker to speak
	PhaseReady  = "ready"
)

// Labels of our containers.
const (
	labelOurs    = "brokerlab" // "1"
	labelID      = "brokerlab.id"
	labelBroker  = "brokerlab.broker"
	labelSession = "brokerlab.session"
	labelStarted = "brokerlab.started" // RFC 3339
	labelServer  = "brokerlab.server"  // the process that started it; see reap.go
)

// lookTime bounds how long the daemon may take to say what images it has.
const lookTime = 5 * time.Second

// tidyTime bounds how long removing a container may take.
const tidyTime = 20 * time.Second

// A Container is a broker that speaks. Its methods may be called from any
// goroutine.
type Container struct {
	spec  Spec
	pool  *dockertest.Pool
	id    string // of labelID
	began time.Time
	docID string // docker's own id
	addrs map[int]string
	web   http.Client // for the management API

	// Took is how long it was from Start to the protocol's first answer.
	Took time.Duration
	// Version is what the broker calls its own; empty if it does not say.
	Version string

	tracing sync.Mutex // see MakeVHost
	closing sync.Once
	closed  error
}

// Start starts a container and returns when its broker speaks its protocol.
// Containers that a dead server has left behind are removed first. Whatever goes
// wrong, and when ctx ends, nothing of it stays. progress may be nil. Errors:
// *NoDockerError, *NoImageError, *PullError, *NotReadyError, ctx's.
func Start(ctx context.Context, spec Spec, progress func(Progress)) (*Container, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	c := &Container{spec: spec, began: time.Now(), id: newID()}
	c.web.Transport = &http.Transport{MaxIdleConnsPerHost: 4} // no proxy: it is on this machine
	step := func(phase string) {
		progress(Progress{Phase: phase, Broker: spec.Broker, Detail: spec.Image.Ref, Elapsed: time.Since(c.began)})
	}
	step(PhaseFind)
	err := c.find(ctx)
	var none *NoImageError
	if spec.Pull && errors.As(err, &none) {
		err = c.pull(ctx, progress)
	}
	if err != nil {
		return nil, err
	}
	if _, err := reap(ctx, c.pool.Client); err != nil {
		return nil, fmt.Errorf("remove old containers: %w", err)
	}
	step(PhaseCreate)
	if err = c.create(ctx); err == nil {
		step(PhaseWait)
		if err = c.await(ctx, progress); err != nil {
			err = c.notReady(ctx, err)
		}
	}
	if err != nil {
		if cerr := ctx.Err(); cerr != nil {
			err = cerr
		}
		return nil, errors.Join(err, c.Close())
	}
	c.Took = time.Since(c.began)
	step(PhaseReady)
	return c, nil
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// find makes sure of the daemon and the image.
func (c *Container) find(ctx context.Context) error {
	pool, err := connect(ctx)
	if err != nil {
		return err
	}
	c.pool = pool
	pool.Client.SetTimeout(lookTime) // the next call knows no context
	_, err = pool.Client.InspectImage(c.spec.Image.Ref)
	pool.Client.SetTimeout(0)
	if errors.Is(err, docker.ErrNoSuchImage) {
		return &NoImageError{Broker: c.spec.Broker, Ref: c.spec.Image.Ref}
	} else if err != nil {
		return fmt.Errorf("look for image %s: %w", c.spec.Image.Ref, err)
	}
	return ctx.Err()
}

// connect finds the docker daemon that the environment names.
func connect(ctx context.Context) (*dockertest.Pool, error) {
	endpoint := cmp.Or(os.Getenv("DOCKER_HOST"), os.Getenv("DOCKER_URL"), "docker's default socket")
	pool, err := dockertest.NewPool("")
	if err != nil {
		return nil, &NoDockerError{endpoint, err}
	}
	endpoint = pool.Client.Endpoint()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := pool.Client.PingWithContext(ctx); err != nil {
		return nil, &NoDockerError{endpoint, err}
	}
	return pool, nil
}

// Available reports whether a daemon answers and has the image; the error says
// what is missing.
func Available(ctx context.Context, broker string, image Image) error {
	c := &Container{spec: Spec{Broker: broker, Image: image}}
	return c.find(ctx)
}

// create makes and starts the container. docker's client knows no context here;
// what it takes is short, since the image is on this machine.
func (c *Container) create(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	image := c.spec.Image
	repository, tag := split(image.Ref)
	ports := make(map[docker.Port][]docker.PortBinding)
	for _, port := range image.ports() {
		ports[docker.Port(strconv.Itoa(port)+"/tcp")] = []docker.PortBinding{{HostIP: "127.0.0.1", HostPort: "0"}}
	}
	resource, err := c.pool.RunWithOptions(&dockertest.RunOptions{
		Name: "brokerlab-" + c.spec.Broker + "-" + c.id, Repository: repository, Tag: tag,
		Env: image.Env, PortBindings: ports, SecurityOpt: []string{"no-new-privileges"}, Labels: c.labels(),
	}, func(h *docker.HostConfig) {
		h.PublishAllPorts = false // what else the image exposes stays inside
		h.Memory, h.MemorySwap = image.Memory, image.Memory
		h.PidsLimit = image.Pids
		h.CPUPeriod = 100_000
		h.CPUQuota = int64(cmp.Or(c.spec.CPUs, 2) * 100_000)
		h.RestartPolicy = docker.NeverRestart()
		h.LogConfig = docker.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "1m", "max-file": "1"}}
	})
	if err != nil {
		return fmt.Errorf("start a container of %s: %w", image.Ref, err)
	}
	c.docID = resource.Container.ID
	c.addrs = make(map[int]string)
	for _, port := range image.ports() {
		c.addrs[port] = net.JoinHostPort("127.0.0.1", resource.GetPort(strconv.Itoa(port)+"/tcp"))
	}
	return ctx.Err()
}

func (c *Container) labels() map[string]string {
	return map[string]string{
		labelOurs: "1", labelID: c.id, labelBroker: c.spec.Broker, labelSession: c.spec.Session,
		labelStarted: c.began.UTC().Format(time.RFC3339), labelServer: thisServer(),
	}
}

// ports are the ones that are published.
func (im Image) ports() []int {
	if im.Admin == 0 {
		return []int{im.Port}
	}
	return []int{im.Port, im.Admin}
}

// Addr is where a port of the container is reached on this machine; empty for a
// port that is not published.
func (c *Container) Addr(port int) string { return c.addrs[port] }

// Image is what the container was made of.
func (c *Container) Image() Image { return c.spec.Image }

// Dial connects to a port of the container.
func (c *Container) Dial(ctx context.Context, port int) (net.Conn, error) {
	addr, ok := c.addrs[port]
	if !ok {
		return nil, fmt.Errorf("%s: port %d is not published", c.spec.Broker, port)
	}
	var d net.Dialer
	d.SetMultipathTCP(false) // the lab host's filter knows plain TCP only
	conn, err := d.DialContext(ctx, "tcp4", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.spec.Broker, err)
	}
	return conn, nil
}

// Runs reports whether the container has not ended.
func (c *Container) Runs(ctx context.Context) bool {
	found, err := c.pool.Client.InspectContainerWithContext(c.docID, ctx)
	var gone *docker.NoSuchContainer
	if err != nil {
		return !errors.As(err, &gone) // only a clear no is one
	}
	return found.State.Running
}

// Check returns nil while the container runs. Errors: *GoneError, *NoDockerError.
func (c *Container) Check(ctx context.Context) error {
	if !c.Runs(ctx) {
		return &GoneError{Broker: c.spec.Broker, Ref: c.spec.Image.Ref}
	}
	if err := c.pool.Client.PingWithContext(ctx); err != nil && ctx.Err() == nil {
		return &NoDockerError{c.pool.Client.Endpoint(), err}
	}
	return ctx.Err()
}

// notReady says why nothing spoke, with the broker's own last words.
func (c *Container) notReady(ctx context.Context, last error) error {
	return &NotReadyError{
		Broker: c.spec.Broker, Ref: c.spec.Image.Ref, After: time.Since(c.began),
		Exited: !c.Runs(context.WithoutCancel(ctx)), Last: last, Log: c.Log(10),
	}
}

// escapes are what colours a log, or does worse to a terminal.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]?|[\x00-\x08\x0b-\x1f\x7f]`)

// Log returns the last n lines that the container has logged.
func (c *Container) Log(n int) []string {
	ctx, cancel := context.WithTimeout(context.Background(), helloWait)
	defer cancel()
	var out bytes.Buffer
	_ = c.pool.Client.Logs(docker.LogsOptions{ // what has come is of use, whatever went wrong
		Context: ctx, Container: c.docID, OutputStream: &out, ErrorStream: &out, Stdout: true, Stderr: true, Tail: strconv.Itoa(n),
	})
	text := strings.TrimSpace(out.String())
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(escapes.ReplaceAllString(lines[i][:min(len(lines[i]), 300)], ""), "\r ")
	}
	return lines
}

func (c *Container) lastLine() string {
	if lines := c.Log(1); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return ""
}

// Close removes the container, and whatever a dead server has left. It may be
// called more than once.
func (c *Container) Close() error {
	c.closing.Do(func() {
		c.web.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), tidyTime)
		defer cancel()
		c.closed = remove(ctx, c.pool.Client, labelID+"="+c.id, nil)
		if _, err := reap(ctx, c.pool.Client); err != nil && c.closed == nil {
			c.closed = err
		}
	})
	return c.closed
}
