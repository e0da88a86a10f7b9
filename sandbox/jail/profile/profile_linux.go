// Package profile builds the seccomp filters of host and program. A filter is
// built once in a trusted process and given to the programs as bytes, so that a
// student's program does not have to link, or run, what builds it.
//
//	profile_linux.go  which calls are allowed, and with which arguments
//	program_linux.go  the filter's machine code
package profile

import (
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Program is the filter of a student's program: TCP over IPv4, its own memory and
// threads, and nothing else. What would start a process or reach the kernel's
// doors kills the program; everything else that is not allowed fails with EPERM.
//
// Writable memory comes in pieces of at most block bytes, and what is larger is
// "out of memory". RLIMIT_DATA alone does not do: Linux does not count what is
// mapped over a reservation against it, once, whatever its size, and Go maps its
// heap just so. With block the limit can be passed by block and no more.
func Program(block uint32) ([]byte, error) {
	mu.Lock()
	defer mu.Unlock()
	if f := programs[block]; f != nil {
		return f, nil
	}
	f, err := assemble(strings.Fields(common), block)
	if err == nil && len(programs) < maxKept {
		programs[block] = f
	}
	return f, err
}

// maxKept bounds the filters that are kept; labs have few different limits.
const maxKept = 64

var (
	mu       sync.Mutex
	programs = make(map[uint32][]byte)
)

// Host is the filter of a lab host: as Program, and it may make the socket pairs
// that its programs are started with.
var Host = sync.OnceValues(func() ([]byte, error) {
	return assemble(strings.Fields(common+" socketpair"), unbounded)
})

// unbounded is no bound on a piece of memory below what 32 bits hold.
const unbounded = ^uint32(0)

// common is what a Go program with TCP connections needs, the most frequent first.
// Names that a machine does not have are left out: arm64 lacks the older ones.
const common = `futex read write epoll_pwait epoll_wait nanosleep sched_yield clock_gettime getpid tgkill sendto recvfrom sendmsg recvmsg
 close fstat newfstatat statx lseek munmap mprotect brk rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack pread64 pwrite64 readv writev
 madvise mincore dup dup3 gettid getppid connect accept accept4 shutdown bind listen getsockname getpeername setsockopt getsockopt
 exit exit_group uname getcwd sched_getaffinity epoll_create1 epoll_ctl eventfd2 pipe2 openat readlinkat getdents64 faccessat faccessat2
 fcntl getuid geteuid getgid getegid clock_getres clock_nanosleep gettimeofday getrandom restart_syscall timer_create timer_settime
 splice sendfile timer_delete setitimer membarrier rseq set_robust_list getrusage sysinfo ppoll`

// deadly is what no program here has an honest use for.
const deadly = `execve execveat fork vfork clone3 ptrace process_vm_readv process_vm_writev mount umount2 pivot_root chroot setns unshare bpf
 keyctl add_key request_key io_uring_setup io_uring_enter io_uring_register userfaultfd perf_event_open init_module finit_module
 delete_module kexec_load kexec_file_load reboot swapon swapoff open_by_handle_at memfd_create pidfd_getfd seccomp
 landlock_restrict_self move_mount open_tree fsopen fsmount`

// A condition holds when an argument, counted from 0, has want in the bits of
// mask; or, with most above 0, when it is at most that.
type condition struct {
	arg        int
	mask, want uint64
	most       uint32
}

// all is the mask for an argument as a whole.
const all = ^uint64(0)

// A rule allows a call by its arguments: when all conditions of one of the sets
// hold. Otherwise the call gets the answer.
type rule struct {
	name   string
	sets   [][]condition
	answer uint32
}

// conditional gives the rules.
func conditional(block uint32) []rule {
	// Shared memory and growing stacks do not count against RLIMIT_DATA.
	counted := condition{arg: 3, mask: unix.MAP_SHARED | unix.MAP_GROWSDOWN}
	readOnly := condition{arg: 2, mask: unix.PROT_WRITE}
	domain, kind := condition{arg: 0, mask: all, want: unix.AF_INET}, condition{arg: 1, mask: all, want: tcp}
	return []rule{
		{"mmap", [][]condition{{counted, readOnly}, {counted, {arg: 1, most: block}}}, noMemory},
		// Threads, but not processes.
		{"clone", [][]condition{{{arg: 0, mask: unix.CLONE_THREAD, want: unix.CLONE_THREAD}}}, killed},
		// Plain TCP, but not MPTCP, which Landlock does not see, and no UDP or unix sockets.
		{"socket", [][]condition{
			{domain, kind, {arg: 2, mask: all, want: 0}},
			{domain, kind, {arg: 2, mask: all, want: unix.IPPROTO_TCP}},
		}, refused},
		// Names for memory, which Go gives. PR_SET_VMA is 0x53564d41.
		{"prctl", [][]condition{{{arg: 0, mask: all, want: 0x53564d41}}}, refused},
		// The limits of this process, not of another of the same user.
		{"prlimit64", [][]condition{{{arg: 0, mask: all, want: 0}}}, refused},
	}
}

// tcp is how Go asks for a stream socket.
const tcp = unix.SOCK_STREAM | unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
