//go:build !linux

package host

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// Signals that no program ends with here.
const (
	sigsys  = syscall.Signal(-1)
	sigxcpu = syscall.Signal(-2)
)

// systemProbes are Linux's.
var systemProbes []probe

// begin takes stdin and stdout as the link: descriptors cannot be passed here.
func begin(jail.Level) (*link.Conn, starter, error) {
	conn := link.Over(os.Stdin, os.Stdout)
	os.Stdout = os.Stderr // whoever prints must not print on the link
	return conn, nil, nil
}

// openAll opens files that the server named.
func openAll(paths []string) ([]*os.File, error) {
	if len(paths) > link.MaxFiles {
		return nil, fmt.Errorf("%d files, want at most %d", len(paths), link.MaxFiles)
	}
	var files []*os.File
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			link.CloseFiles(files)
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// pipes are the host's ends of stdout and stderr; there is no trace here.
type pipes struct {
	stdout, stderr, outEnd, errEnd *os.File

	talk io.WriteCloser // stdin of a program that is talked to
}

func (p *pipes) close() {
	link.CloseFiles([]*os.File{p.stdout, p.stderr, p.outEnd, p.errEnd})
	if p.talk != nil {
		_ = p.talk.Close() // its reader may be gone
	}
}

// release has nothing to do: the program starts with Go.
func (p *pipes) release(bool) error { return nil }

// send gives the program a packet, which holds no line end, as a line.
func (p *pipes) send(b []byte) error {
	_, err := p.talk.Write(append(slices.Clone(b), '\n'))
	return err
}

// launch gets all ready; the program is started by Go, since nothing holds it back
// once it runs.
func (e *Env) launch(proc *Process, p Program) error {
	pipes := &pipes{}
	var err error
	if pipes.stdout, pipes.outEnd, err = os.Pipe(); err != nil {
		return err
	}
	if pipes.stderr, pipes.errEnd, err = os.Pipe(); err != nil {
		link.CloseFiles([]*os.File{pipes.stdout, pipes.outEnd})
		return err
	}
	proc.pipes = pipes
	proc.begin = func() (running, error) {
		cmd := &exec.Cmd{
			Path: p.Binary.Name(), Args: append([]string{p.Name}, p.Args...),
			Env:    append(append([]string{}, environment...), p.Env...),
			Stdout: pipes.outEnd, Stderr: pipes.errEnd,
		}
		if p.Talk {
			var err error
			if pipes.talk, err = cmd.StdinPipe(); err != nil {
				return nil, err
			}
		} else {
			cmd.Stdin = bytes.NewReader(p.Input)
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		link.CloseFiles([]*os.File{pipes.outEnd, pipes.errEnd}) // so that the end is seen
		proc.output.wait.Add(2)
		go proc.output.read("stdout", pipes.stdout)
		go proc.output.read("stderr", pipes.stderr)
		return newChild(cmd), nil
	}
	return nil
}

// child is a program that the host started itself.
type child struct {
	cmd  *exec.Cmd
	exit chan launcher.Exit
}

func newChild(cmd *exec.Cmd) *child {
	c := &child{cmd: cmd, exit: make(chan launcher.Exit, 1)}
	go func() {
		_ = cmd.Wait() // the state says it all
		s := cmd.ProcessState
		c.exit <- launcher.Exit{Code: s.ExitCode(), CPU: s.UserTime() + s.SystemTime()}
	}()
	return c
}

func (c *child) Signal(s syscall.Signal) error {
	if s == syscall.SIGKILL {
		return c.cmd.Process.Kill()
	}
	return c.cmd.Process.Signal(s)
}

// Usage is not looked for here.
func (c *child) Usage() (used launcher.Usage, ok bool) { return used, false }

func (c *child) Exit() <-chan launcher.Exit { return c.exit }

func signalName(s syscall.Signal) string {
	if s == 0 {
		return ""
	}
	return s.String()
}
