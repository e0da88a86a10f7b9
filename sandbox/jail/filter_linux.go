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
