package host

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/jail/profile"
	"github.com/brokerlab/brokerlab/sandbox/launcher"
	"github.com/brokerlab/brokerlab/sandbox/link"
)

const (
	sigsys  = syscall.SIGSYS
	sigxcpu = syscall.SIGXCPU
)

// The host's descriptors, as the launcher gives them.
const (
	controlFD  = 3
	bulkFD     = 4
	launcherFD = 5
)

// The host's own bounds. They are generous: they stop a host that has gone wrong.
const (
	hostMemory  = 1 << 30 // bytes
	hostFiles   = 1024
	hostThreads = 256
)

// begin takes over the descriptors and locks the host down.
func begin(level jail.Level) (*link.Conn, starter, error) {
	jail.KeepFiles()
	conn, err := link.New([]*os.File{os.NewFile(controlFD, "control"), os.NewFile(bulkFD, "bulk")})
	if err != nil {
		return nil, nil, err
	}
	if level == jail.LevelC {
		return conn, children{}, nil
	}
	l, err := launcher.Connect(os.NewFile(launcherFD, "launcher"))
	if err != nil {
		return nil, nil, err
	}
	return conn, launched{l}, lock(level)
}

// lock gives up all that the host does not need. The filter comes last.
func lock(level jail.Level) error {
	filter, err := profile.Host()
	if err != nil {
		return err
	}
	if level == jail.LevelA {
		if err := jail.EnterRoot(jail.Root{}); err != nil {
			return err
		}
	}
	debug.SetMaxThreads(hostThreads)
	if err := jail.Rlimits(jail.Limits{Data: hostMemory, Files: hostFiles, Write: 1}); err != nil {
		return err
	}
	if err := jail.DropCaps(); err != nil {
		return err
	}
	if err := jail.LandlockFiles(); err != nil {
		return err
	}
	return jail.LoadFilter(filter)
}

// launched starts programs through the launcher.
type launched struct{ *launcher.Client }

func (l launched) Start(s launcher.Spec) (running, error) {
	r, err := l.Client.Start(s)
	if err != nil {
		return nil, err // not r: a nil *Running is no nil running
	}
	return r, nil
}

func signalName(s syscall.Signal) string {
	if s == 0 {
		return ""
	}
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(s))
}
