package interp

import (
	"math"
	"runtime/debug"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/jail/profile"
)

const (
	maxFiles   = 256
	maxThreads = 64
)

// lock gives up everything but memory.
// What needs power comes first, and the filter, which forbids most of the rest, last.
func lock(req request) error {
	level, err := jail.ParseLevel(req.Level)
	if err != nil {
		return err
	}
	if level == jail.LevelC {
		return nil
	}
	filter, err := profile.Program(uint32(min(req.Limits.Memory/2, math.MaxUint32)))
	if err != nil {
		return err
	}
	if level == jail.LevelA {
		if err := jail.EnterRoot(jail.Root{}); err != nil {
			return err
		}
	}
	debug.SetMaxThreads(maxThreads)
	cpu := uint64((req.Limits.CPU + time.Second - 1) / time.Second)
	if err := jail.Rlimits(jail.Limits{Data: uint64(req.Limits.Memory), CPU: cpu, Files: maxFiles, Write: 1}); err != nil {
		return err
	}
	if err := jail.DropCaps(); err != nil {
		return err
	}
	if err := jail.Landlock(nil); err != nil {
		return err
	}
	return jail.LoadFilter(filter)
}
