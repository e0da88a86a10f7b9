package jail

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Limits are a process's rlimits. A zero field leaves that limit as it is.
type Limits struct {
	Data   uint64 // bytes of private writable memory; never RLIMIT_AS, which Go's reservations would hit
	CPU    uint64 // seconds
	Files  uint64 // open descriptors
	Write  uint64 // bytes of the largest file it may write
	Thread uint64 // threads and processes; counted per user namespace only since Linux 5.14
}

// Rlimits sets this process's limits, soft and hard. It also forbids core dumps,
// locked memory and message queues.
func Rlimits(l Limits) error {
	set := []struct {
		name  string
		which int
		value uint64
		on    bool
	}{
		{"core", unix.RLIMIT_CORE, 0, true},
		{"memlock", unix.RLIMIT_MEMLOCK, 0, true},
		{"msgqueue", unix.RLIMIT_MSGQUEUE, 0, true},
		{"data", unix.RLIMIT_DATA, l.Data, l.Data > 0},
		{"cpu", unix.RLIMIT_CPU, l.CPU, l.CPU > 0},
		{"nofile", unix.RLIMIT_NOFILE, l.Files, l.Files > 0},
		{"fsize", unix.RLIMIT_FSIZE, l.Write, l.Write > 0},
		{"nproc", unix.RLIMIT_NPROC, l.Thread, l.Thread > 0},
	}
	for _, s := range set {
		if !s.on {
			continue
		}
		// syscall.Setrlimit, so that Go does not put its own NOFILE back.
		if err := syscall.Setrlimit(s.which, &syscall.Rlimit{Cur: s.value, Max: s.value}); err != nil {
			return fmt.Errorf("rlimit %s to %d: %w", s.name, s.value, err)
		}
	}
	return nil
}

// DropCaps sets no_new_privs and takes every capability from every thread. It
// needs a binary built without cgo. The bounding set is left alone: without
// capabilities and with no_new_privs nothing can be drawn from it.
func DropCaps() error {
	if _, _, e := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
		return fmt.Errorf("no_new_privs: %w", e)
	}
	head := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	none := &[2]unix.CapUserData{}
	_, _, e := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(head)), uintptr(unsafe.Pointer(none)), 0)
	runtime.KeepAlive(head)
	runtime.KeepAlive(none)
	if e != 0 {
		return fmt.Errorf("drop capabilities: %w", e)
	}
	return nil
}
