package host

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/brokerlab/brokerlab/sandbox/launcher"
)

// children starts programs as plain children of the host, for level C on Linux,
// which only tests ask for.
type children struct{}

// child is a program that the host started itself.
type child struct {
	cmd  *exec.Cmd
	exit chan launcher.Exit
}

func (children) Start(s launcher.Spec) (running, error) {
	const binary = 5 // after stdin, stdout, stderr, control and trace
	cmd := &exec.Cmd{
		Path: fmt.Sprintf("/proc/self/fd/%d", binary), Args: append([]string{s.Name}, s.Args...),
		Env: s.Env, Dir: "/", Stdout: s.Stdout, Stderr: s.Stderr,
		ExtraFiles: []*os.File{s.Control, s.Trace, s.Binary},
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, exit: make(chan launcher.Exit, 1)}
	go func() {
		_ = cmd.Wait() // the state says it all
		c.exit <- launcher.Ended(cmd.ProcessState)
	}()
	return c, nil
}

func (c *child) Signal(s syscall.Signal) error { return c.cmd.Process.Signal(s) }

// Usage is not looked for here.
func (c *child) Usage() (used launcher.Usage, ok bool) { return used, false }

func (c *child) Exit() <-chan launcher.Exit { return c.exit }

// openAll is for systems that cannot pass descriptors.
func openAll([]string) ([]*os.File, error) {
	return nil, fmt.Errorf("files by path: descriptors are passed here")
}
