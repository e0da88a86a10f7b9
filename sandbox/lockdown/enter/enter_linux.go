package enter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"

	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// maxConfig bounds the config, in bytes; its filter is the largest part.
const maxConfig = 32 << 10

// Enter locks the process down and returns, with the input that it was given, when
// student code may run.
func Enter() (input []byte, err error) {
	buf := make([]byte, maxConfig)
	n, err := read(buf)
	if err != nil {
		return nil, fmt.Errorf("this program only runs in a lab: %w", err)
	}
	var c Config
	if err := json.Unmarshal(buf[:n], &c); err != nil {
		return nil, fmt.Errorf("this program only runs in a lab: %w", err)
	}
	if err := lock(c); err != nil {
		_, _ = syscall.Write(Control, []byte(err.Error())) // the host reports it as ours
		return nil, err
	}
	if _, err := syscall.Write(Control, []byte(Ready)); err != nil {
		return nil, err
	}
	for {
		if n, err = read(buf); err != nil {
			return nil, err
		}
		part, more := bytes.CutPrefix(buf[:n], []byte(Input))
		if !more {
			break
		}
		input = append(input, part...)
	}
	if string(buf[:n]) != Go {
		return nil, errors.New("the lab host said no")
	}
	return input, syscall.Close(Control)
}

// read waits for one packet from the host.
func read(buf []byte) (int, error) {
	for {
		n, err := syscall.Read(Control, buf)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, errors.New("the lab host is gone")
		default:
			return n, nil
		}
	}
}

// lock gives things up. What needs power comes first, and the filter, which
// forbids most of the rest, last.
func lock(c Config) error {
	// At must never wait for a host that reads slowly.
	_ = syscall.SetNonblock(Trace, true) // without the descriptor At does nothing
	if c.Level == "C" {
		return nil
	}
	if c.Memory == 0 || c.CPU == 0 || c.Files == 0 || c.MaxThreads == 0 || len(c.Filter) == 0 {
		return errors.New("lockdown: a limit is missing")
	}
	if c.Level == "A" {
		if err := jail.EnterRoot(jail.Root{}); err != nil {
			return fmt.Errorf("lockdown: %w", err)
		}
	}
	debug.SetMaxThreads(c.MaxThreads)
	limits := jail.Limits{Data: c.Memory, CPU: c.CPU, Files: c.Files, Write: 1, Thread: c.Processes}
	if err := jail.Rlimits(limits); err != nil {
		return fmt.Errorf("lockdown: %w", err)
	}
	if err := jail.DropCaps(); err != nil {
		return fmt.Errorf("lockdown: %w", err)
	}
	if err := jail.Landlock(c.Ports); err != nil {
		return fmt.Errorf("lockdown: %w", err)
	}
	if err := jail.OwnSignals(); err != nil {
		return fmt.Errorf("lockdown: %w", err)
	}
	if err := jail.LoadFilter(c.Filter); err != nil {
		return fmt.Errorf("lockdown: %w", err)
	}
	return nil
}
