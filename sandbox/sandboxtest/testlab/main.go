// Command testlab is a lab command whose host does nothing but run programs and
// listen: what the sandbox's own tests need of a lab.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/host"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

func main() {
	switch os.Args[1] {
	case "launcher":
		os.Exit(launcher.Main(os.Args[2:]))
	case "host":
		host.Main(func(e *host.Env) host.Handler { return &lab{env: e, programs: make(map[int]*host.Process)} })
	case "build":
		os.Exit(build.BuildMain())
	case "check":
		os.Exit(build.CheckMain())
	case "probe":
		os.Exit(host.Probe())
	}
	fmt.Fprintln(os.Stderr, "testlab: unknown role", os.Args[1])
	os.Exit(2)
}

// A lab runs programs by number.
type lab struct {
	env *host.Env

	mu       sync.Mutex
	last     int
	programs map[int]*host.Process
	listen   []net.Listener
}

// request is what the tests ask for.
type request struct {
	ID     int
	Limits host.Limits
	Port   int
	Text   string
	Mark   string // passed to the program, to find it among all processes
	Count  int
}

// Result is a finished program.
type result struct {
	Exit   host.Exit
	Output string
	Trace  []host.TraceRecord
}

// Close closes what the tests listened on.
func (l *lab) Close() {
	for _, n := range l.listen {
		_ = n.Close()
	}
}

// Handle does what a test asks.
func (l *lab) Handle(ctx context.Context, method string, params json.RawMessage, files []*os.File) (any, error) {
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	var r request
	if err := json.Unmarshal(params, &r); err != nil {
		return nil, err
	}
	switch method {
	case "echo":
		return strings.Repeat(r.Text, max(r.Count, 1)), nil
	case "emit":
		for i := range r.Count {
			l.env.Emit(i)
		}
		return r.Count, nil
	case "wait":
		l.env.Emit("waiting")
		<-ctx.Done()
		l.env.Emit("withdrawn")
		return nil, ctx.Err()
	case "listen":
		return nil, l.serve(r.Port, r.Text == "mute") //nolint:contextcheck // it outlives the request
	case "run":
		return l.run(ctx, r, files)
	case "prepare":
		return l.prepare(r, files)
	case "go":
		return nil, l.program(r.ID).Go()
	case "kill":
		p := l.program(r.ID)
		p.Kill()
		return p.Wait(), nil
	case "running":
		return l.program(r.ID).Wait(), nil
	case "quit":
		return l.program(r.ID).Quit(), nil
	}
	return nil, errors.New("unknown method " + method)
}

// serve serves a port that sends back what it gets, or never says a word.
func (l *lab) serve(port int, mute bool) error {
	n, err := l.env.Listen(port)
	if err != nil {
		return err
	}
	l.listen = append(l.listen, n)
	to := func(c net.Conn) io.Writer {
		if mute {
			return io.Discard
		}
		return c
	}
	go func() {
		for {
			c, err := n.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(to(c), c)
				_ = c.Close()
			}()
		}
	}()
	return nil
}

// run runs a program to its end, and kills it when the request is withdrawn.
func (l *lab) run(ctx context.Context, r request, files []*os.File) (result, error) {
	var res result
	var mu sync.Mutex
	p, err := l.env.Start(host.Program{
		Binary: files[0], Name: "program", Args: []string{r.Text, r.Mark}, Limits: r.Limits,
		Output: func(stream string, b []byte) {
			mu.Lock()
			defer mu.Unlock()
			res.Output += string(b)
		},
		Trace: func(t []host.TraceRecord) {
			mu.Lock()
			defer mu.Unlock()
			res.Trace = append(res.Trace, t...)
		},
	})
	if err != nil {
		return res, err
	}
	defer context.AfterFunc(ctx, p.Kill)()
	l.env.Emit("started")
	exit := p.Wait()
	mu.Lock()
	defer mu.Unlock()
	res.Exit = exit
	return res, nil
}

func (l *lab) prepare(r request, files []*os.File) (int, error) {
	p, err := l.env.Prepare(host.Program{Binary: files[0], Name: "program", Args: []string{r.Text, r.Mark}, Limits: r.Limits,
		Output: func(string, []byte) { l.env.Emit("said") }})
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	l.programs[l.last] = p
	return l.last, nil
}

func (l *lab) program(id int) *host.Process {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.programs[id]
}
