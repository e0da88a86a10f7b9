package jail

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxFilter is the kernel's own bound on a filter, in instructions.
const maxFilter = 4096

// LoadFilter puts a seccomp filter, as package profile builds it, on every thread
// of this process. no_new_privs must be set.
func LoadFilter(raw []byte) error {
	const size = int(unsafe.Sizeof(unix.SockFilter{}))
	if len(raw) == 0 || len(raw)%size != 0 || len(raw)/size > maxFilter {
		return fmt.Errorf("seccomp filter of %d bytes: want a multiple of %d up to %d", len(raw), size, size*maxFilter)
	}
	code := make([]unix.SockFilter, len(raw)/size)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&code[0])), len(raw)), raw)
	return loadFilter(code)
}

func loadFilter(code []unix.SockFilter) error {
	prog := &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	tid, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(prog)))
	runtime.KeepAlive(prog)
	runtime.KeepAlive(code)
	if e != 0 {
		return fmt.Errorf("load seccomp filter: %w", e)
	}
	if tid != 0 {
		return errors.New("load seccomp filter: a thread could not follow")
	}
	return nil
}

// OwnSignals puts a small filter before the others: tgkill, which the Go runtime
// needs, only reaches this process. Below level A others of the same user are in
// sight. no_new_privs must be set.
func OwnSignals() error {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ret   = unix.BPF_RET | unix.BPF_K
	)
	number, first := uint32(0), uint32(16) // where the call's number and first argument are
	code := []unix.SockFilter{
		{Code: load, K: number},
		{Code: equal, K: unix.SYS_TGKILL, Jf: 3},
		{Code: load, K: first},
		{Code: equal, K: uint32(unix.Getpid()), Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
	return loadFilter(code)
}
