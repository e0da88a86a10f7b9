package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/jail/profile"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
	"github.com/brokerlab/brokerlab/sandbox/link"
	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

const (
	// readyTime is how long a program may take to lock itself down: some
	// milliseconds, but the machine may be busy.
	readyTime = time.Minute
	// programFiles is how many descriptors a program may have open.
	programFiles = 256
	// programThreads bounds a program's threads. Goroutines that block in a system
	// call have a thread each; sockets and timers do not block.
	programThreads = 128
)

// pipes are the host's ends of a program's descriptors.
type pipes struct {
	stdout, stderr, trace *os.File
	control               *link.Socket
}

// ends are the program's ends; they are closed once it was started.
type ends struct{ stdout, stderr, control, trace *os.File }

func (p *pipes) close() {
	for _, f := range []*os.File{p.stdout, p.stderr, p.trace} {
		if f != nil {
			_ = f.Close() // read ends
		}
	}
	if p.control != nil {
		_ = p.control.Close()
	}
}

// release lets the program go and gives up the control descriptor, unless there is more
// to say to it.
func (p *pipes) release(keep bool) error {
	err := p.control.Send([]byte(enter.Go))
	if keep {
		return err
	}
	return errors.Join(err, p.control.Close())
}

// talkTime is how long a program that is talked to may take to listen.
const talkTime = time.Second

// send gives the program a packet.
func (p *pipes) send(b []byte) error {
	p.control.WriteDeadline(time.Now().Add(talkTime))
	return p.control.Send(b)
}

// newPipes makes both ends.
func newPipes() (p *pipes, e ends, err error) {
	p = &pipes{}
	for _, pair := range []struct{ r, w **os.File }{{&p.stdout, &e.stdout}, {&p.stderr, &e.stderr}, {&p.trace, &e.trace}} {
		if err == nil {
			*pair.r, *pair.w, err = os.Pipe()
		}
	}
	if err == nil {
		p.control, e.control, err = link.SocketPair()
	}
	if err != nil {
		p.close()
		e.close()
		return nil, ends{}, fmt.Errorf("descriptors: %w", err)
	}
	return p, e, nil
}

func (e ends) close() {
	link.CloseFiles([]*os.File{e.stdout, e.stderr, e.control, e.trace})
}

// launch starts a program up to the point where it waits for Go.
func (e *Env) launch(proc *Process, p Program) error {
	config, err := e.config(p.Limits)
	if err != nil {
		return err
	}
	pipes, ends, err := newPipes()
	if err != nil {
		return err
	}
	defer ends.close()
	env := append(append([]string{}, environment...), fmt.Sprintf("GOMEMLIMIT=%d", p.Limits.Memory*7/10))
	run, err := e.start.Start(launcher.Spec{
		Name: p.Name, Args: p.Args, Env: append(env, p.Env...), Binary: p.Binary,
		Stdout: ends.stdout, Stderr: ends.stderr, Control: ends.control, Trace: ends.trace,
	})
	if err != nil {
		pipes.close()
		return err
	}
	proc.pipes, proc.run = pipes, run
	proc.output.wait.Add(3)
	go proc.output.read("stdout", pipes.stdout)
	go proc.output.read("stderr", pipes.stderr)
	go proc.output.readTrace(pipes.trace)
	go proc.wait()
	ends.close() // before waiting: a program that ends is seen by EOF
	err = ready(pipes.control, config)
	for part := range slices.Chunk(p.Input, enter.MaxInput) {
		if err == nil {
			err = pipes.control.Send(append([]byte(enter.Input), part...))
		}
	}
	if err != nil {
		proc.Kill()
		<-proc.done
		return fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	return nil
}

// config says what the program is to give up.
func (e *Env) config(l Limits) ([]byte, error) {
	filter, err := profile.Program(uint32(min(l.Memory/2, math.MaxUint32)))
	if err != nil {
		return nil, err
	}
	c := enter.Config{
		Level: e.level.String(), Filter: filter, Ports: e.allowed(), Memory: uint64(l.Memory),
		CPU: uint64((l.CPU + time.Second - 1) / time.Second), Files: programFiles, MaxThreads: programThreads,
	}
	if e.level == jail.LevelA {
		c.Processes = 2 * programThreads
	}
	return json.Marshal(c)
}

// ready hands over the config and waits until the program is locked down. What
// comes here is from lockdown, not from the student: its init closes the
// descriptor before any other code runs.
func ready(control *link.Socket, config []byte) error {
	if err := control.Send(config); err != nil {
		return err
	}
	control.Deadline(time.Now().Add(readyTime))
	b, files, err := control.Receive()
	link.CloseFiles(files)
	switch {
	case err != nil:
		return fmt.Errorf("no word from it: %w", err)
	case string(b) != enter.Ready:
		return errors.New(string(b))
	}
	return nil
}
