//go:build !linux

package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// helloTime is how long a host may take to start.
const helloTime = time.Minute

// start starts a host as a plain child, linked by its stdin and stdout.
func (s *Sandbox) start(ctx context.Context) (*Host, error) {
	if s.level != LevelC {
		return nil, fmt.Errorf("this system has only level %v", LevelC)
	}
	cmd, release, err := jail.Command(context.Background(), s.lab, []string{"host", s.level.String()}, jail.CommandOptions{})
	if err != nil {
		return nil, err
	}
	defer release()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = &lines{log: s.opt.Log}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the lab host: %w", err)
	}
	h := newHost(link.Over(out, in), &plain{cmd})
	timer := time.NewTimer(helloTime)
	defer timer.Stop()
	select {
	case <-h.ready:
		return h, nil
	case <-h.done:
		return nil, fmt.Errorf("the lab host did not start: %w", h.Err())
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = fmt.Errorf("the lab host was not ready after %v", helloTime)
	}
	h.Close()
	return nil, err
}

// plain is the host as a child of this process.
type plain struct{ cmd *exec.Cmd }

func (p *plain) kill()       { _ = p.cmd.Process.Kill() } // it may have ended
func (p *plain) wait() error { return p.cmd.Wait() }
func (p *plain) pid() int    { return p.cmd.Process.Pid }

// sendFiles names files by their paths: descriptors cannot be passed.
func sendFiles(c *link.Conn, m link.Message, files []*os.File) error {
	for _, f := range files {
		m.Paths = append(m.Paths, f.Name())
	}
	return c.Send(m)
}
