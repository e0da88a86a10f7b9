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
var Program = sync.OnceValues(func() ([]byte, error) { return assemble(strings.Fields(common)) })

// Host is the filter of a lab host: as Program, and it may make the socket pairs
// that its programs are started with.
var Host = sync.OnceValues(func() ([]byte, error) { return assemble(strings.Fields(common + " socketpair")) })

// common is what a Go program with TCP connections needs, the most frequent first.
// Names that a machine does not have are left out: arm64 lacks the older ones.
const common = `futex read write epoll_pwait epoll_wait nanosleep sched_yield clock_gettime getpid tgkill sendto recvfrom sendmsg recvmsg
 close fstat newfstatat statx lseek munmap mprotect brk rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack pread64 pwrite64 readv writev
 madvise mincore dup dup3 gettid getppid connect accept accept4 shutdown bind listen getsockname getpeername setsockopt getsockopt
 exit exit_group uname getcwd sched_getaffinity epoll_create1 epoll_ctl eventfd2 pipe2 openat readlinkat getdents64 faccessat faccessat2
 fcntl getuid geteuid getgid getegid clock_getres clock_nanosleep gettimeofday getrandom restart_syscall timer_create timer_settime
 timer_delete setitimer membarrier rseq set_robust_list getrusage sysinfo ppoll`

// deadly is what no program here has an honest use for.
const deadly = `execve execveat fork vfork clone3 ptrace process_vm_readv process_vm_writev mount umount2 pivot_root chroot setns unshare bpf
 keyctl add_key request_key io_uring_setup io_uring_enter io_uring_register userfaultfd perf_event_open init_module finit_module
 delete_module kexec_load kexec_file_load reboot swapon swapoff open_by_handle_at memfd_create pidfd_getfd seccomp
 landlock_restrict_self move_mount open_tree fsopen fsmount`

// A condition holds when an argument, counted from 0, has want in the bits of mask.
type condition struct {
	arg        int
	mask, want uint64
}

// all is the mask for an argument as a whole.
const all = ^uint64(0)

// conditional allows calls by their arguments: when all conditions of one of the
// sets hold. Otherwise the call is refused, or kills.
var conditional = []struct {
	name string
	sets [][]condition
	kill bool
}{
	// Memory that counts against RLIMIT_DATA; shared memory and growing stacks do not.
	{name: "mmap", sets: [][]condition{{{3, unix.MAP_SHARED | unix.MAP_GROWSDOWN, 0}}}},
	// Threads, but not processes.
	{name: "clone", kill: true, sets: [][]condition{{{0, unix.CLONE_THREAD, unix.CLONE_THREAD}}}},
	// Plain TCP, but not MPTCP, which Landlock does not see, and no UDP or unix sockets.
	{name: "socket", sets: [][]condition{
		{{0, all, unix.AF_INET}, {1, all, tcp}, {2, all, 0}},
		{{0, all, unix.AF_INET}, {1, all, tcp}, {2, all, unix.IPPROTO_TCP}},
	}},
	// Names for memory, which Go gives. PR_SET_VMA is 0x53564d41.
	{name: "prctl", sets: [][]condition{{{0, all, 0x53564d41}}}},
	// The limits of this process, not of another of the same user.
	{name: "prlimit64", sets: [][]condition{{{0, all, 0}}}},
}

// tcp is how Go asks for a stream socket.
const tcp = unix.SOCK_STREAM | unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
