package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

// helloTime is how long a host may take to lock itself down: about 20 ms on an
// idle machine.
const helloTime = time.Minute

// start starts a launcher and through it a host, and waits until that is ready.
func (s *Sandbox) start(ctx context.Context) (*Host, error) {
	conn, theirs, err := link.Pair()
	if err != nil {
		return nil, err
	}
	defer link.CloseFiles(theirs)
	role := "launcher"
	if s.level == LevelC {
		role = "host"
	}
	//nolint:contextcheck // ctx bounds the start, not the host
	cmd, release, err := jail.Command(context.Background(), s.lab, []string{role, s.level.String()},
		jail.CommandOptions{Level: s.level, Files: theirs})
	if err != nil {
		_ = conn.Close() // nobody is at the other end
		return nil, err
	}
	defer release()
	logged := &lines{log: s.opt.Log}
	cmd.Stderr = logged
	if err := jail.Start(cmd); err != nil {
		_ = conn.Close() // nobody is at the other end
		return nil, fmt.Errorf("start the launcher: %w", err)
	}
	group := newGroup(cmd.Process.Pid)
	link.CloseFiles(theirs) // so that the end of the host is seen
	h := newHost(conn, &launched{cmd, group})
	timer := time.NewTimer(helloTime)
	defer timer.Stop()
	select {
	case <-h.ready:
		group.add(h.Pid()) // the launcher may have started it before it was in the group itself
		return h, nil
	case <-h.done:
		return nil, fmt.Errorf("the lab host did not start: %w: %s", h.Err(), logged.last())
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = fmt.Errorf("the lab host was not ready after %v", helloTime)
	}
	h.Close()
	return nil, err
}

// launched is the launcher as a child of this process.
type launched struct {
	cmd   *exec.Cmd
	group group
}

func (l *launched) kill() { _ = l.cmd.Process.Kill() } // it may have ended

func (l *launched) wait() error {
	err := l.cmd.Wait()
	l.group.remove()
	if l.cmd.ProcessState != nil && l.cmd.ProcessState.Exited() {
		return nil // by itself, since its host ended
	}
	return err
}

// pid finds the host among the launcher's children; at level C, and where the
// kernel does not list children, it is the first process itself.
func (l *launched) pid() int {
	own := l.cmd.Process.Pid
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", own))
	if err != nil {
		return own
	}
	for _, t := range tasks {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", own, t.Name()))
		if err != nil {
			continue
		}
		for _, f := range strings.Fields(string(b)) {
			if pid, err := strconv.Atoi(f); err == nil {
				return pid // the host is the launcher's first child
			}
		}
	}
	return own
}

// sendFiles passes descriptors.
func sendFiles(c *link.Conn, m link.Message, files []*os.File) error {
	return c.Send(m, files...)
}
