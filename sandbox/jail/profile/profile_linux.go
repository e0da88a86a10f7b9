// Package profile builds the seccomp filters of host and program. A filter is
// built once in a trusted process and given to the programs as bytes, so that a
// student's program does not have to link, or run, what builds it.
package profile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Program is the filter of a student's program: TCP over IPv4, its own memory and
// threads, and nothing else. What would start a process or reach the kernel's
// doors kills the program; everything else that is not allowed fails with EPERM.
var Program = sync.OnceValues(func() ([]byte, error) { return assemble(common, nil) })

// Host is the filter of a lab host: as Program, and it may make the socket pairs
// and pass the descriptors that its programs are started with.
var Host = sync.OnceValues(func() ([]byte, error) { return assemble(common+" socketpair", nil) })

// common is what a Go program with TCP connections needs.
const common = `read write close fstat newfstatat statx lseek munmap mprotect brk rt_sigaction rt_sigprocmask rt_sigreturn
 sigaltstack pread64 pwrite64 readv writev sched_yield madvise mincore dup dup3 nanosleep getpid gettid getppid connect accept accept4
 sendto recvfrom sendmsg recvmsg shutdown bind listen getsockname getpeername setsockopt getsockopt exit exit_group uname getcwd futex
 sched_getaffinity epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 pipe2 openat readlinkat getdents64 faccessat faccessat2 fcntl
 getuid geteuid getgid getegid tgkill clock_gettime clock_getres clock_nanosleep gettimeofday getrandom restart_syscall
 timer_create timer_settime timer_delete setitimer membarrier rseq set_robust_list getrusage prlimit64 sysinfo ppoll`

// deadly is what no program here has an honest use for.
const deadly = `ptrace process_vm_readv process_vm_writev mount umount2 pivot_root chroot setns unshare bpf keyctl add_key request_key
 io_uring_setup io_uring_enter io_uring_register userfaultfd perf_event_open execve execveat fork vfork clone3 init_module finit_module
 delete_module kexec_load reboot swapon swapoff open_by_handle_at memfd_create pidfd_getfd seccomp landlock_restrict_self move_mount
 open_tree fsopen fsmount`

// assemble builds a filter that allows the named calls.
func assemble(allow string, more []seccomp.NameWithConditions) ([]byte, error) {
	info, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	policy := seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
		{Action: seccomp.ActionAllow, Names: known(info, allow), NamesWithCondtions: append(conditions(), more...)},
		{Action: seccomp.ActionKillProcess, Names: append(known(info, deadly), "clone")},
	}}
	code, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	raw, err := bpf.Assemble(code)
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	var b bytes.Buffer
	for _, i := range raw {
		_ = binary.Write(&b, binary.NativeEndian, i.Op) // a buffer takes everything
		b.Write([]byte{i.Jt, i.Jf})
		_ = binary.Write(&b, binary.NativeEndian, i.K)
	}
	return b.Bytes(), nil
}

// known keeps the calls that this machine has; arm64 lacks the older ones.
func known(info *arch.Info, names string) []string {
	var out []string
	for _, n := range strings.Fields(names) {
		if _, ok := info.SyscallNames[n]; ok {
			out = append(out, n)
		}
	}
	return out
}

// conditions allows calls by their arguments: threads but not processes, plain
// TCP but not MPTCP (which Landlock does not see), UDP or unix sockets, and memory
// that counts against RLIMIT_DATA (shared memory and growing stacks do not).
func conditions() []seccomp.NameWithConditions {
	const tcp = unix.SOCK_STREAM | unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	const setVMA = 0x53564d41 // PR_SET_VMA: Go names its memory
	arg := func(n uint32, op seccomp.Operation, v uint64) seccomp.Condition {
		return seccomp.Condition{Argument: n, Operation: op, Value: v}
	}
	is := seccomp.Equal
	return []seccomp.NameWithConditions{
		{Name: "clone", Conditions: []seccomp.Condition{arg(0, seccomp.BitsSet, unix.CLONE_THREAD)}},
		{Name: "mmap", Conditions: []seccomp.Condition{arg(3, seccomp.BitsNotSet, unix.MAP_SHARED|unix.MAP_GROWSDOWN)}},
		{Name: "socket", Conditions: []seccomp.Condition{arg(0, is, unix.AF_INET), arg(1, is, tcp), arg(2, is, 0)}},
		{Name: "socket", Conditions: []seccomp.Condition{arg(0, is, unix.AF_INET), arg(1, is, tcp), arg(2, is, unix.IPPROTO_TCP)}},
		{Name: "prctl", Conditions: []seccomp.Condition{arg(0, is, setVMA)}},
	}
}
