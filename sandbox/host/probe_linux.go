package host

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// systemProbes go for the kernel's own doors.
var systemProbes = []probe{
	{"start a program", false, func(Trial) error {
		p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "exit 0"}, &os.ProcAttr{})
		if err != nil {
			return err
		}
		_, err = p.Wait()
		return err
	}},
	{"become another program", false, func(Trial) error {
		// What exists everywhere is not a program: a refusal by the file is no refusal.
		err := syscall.Exec("/etc/hosts", []string{"hosts"}, nil)
		if err == syscall.ENOEXEC || err == syscall.EACCES {
			return nil
		}
		return err
	}},
	{"fork", false, fork},
	{"send UDP", false, func(Trial) error { return socket(unix.AF_INET, unix.SOCK_DGRAM, 0) }},
	{"use MPTCP", false, func(Trial) error { return socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP) }},
	{"use a unix socket", false, func(Trial) error {
		l, err := net.Listen("unix", "@brokerlab-probe")
		if err != nil {
			return err
		}
		return l.Close()
	}},
	{"trace another process", false, func(Trial) error {
		// There is no such process, and only who may trace is told so.
		err := syscall.PtraceAttach(1<<22 - 1)
		if err == syscall.ESRCH {
			return nil
		}
		return err
	}},
	{"signal another process", false, func(Trial) error { return syscall.Kill(-1, 0) }},
	{"make a user namespace", false, func(Trial) error { return unix.Unshare(unix.CLONE_NEWUSER) }},
	{"mount", false, func(Trial) error { return unix.Mount("none", "/tmp", "tmpfs", 0, "") }},
	{"share memory that no limit counts", false, func(Trial) error {
		_, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_SHARED)
		return err
	}},
}

func socket(domain, kind, protocol int) error {
	fd, err := unix.Socket(domain, kind, protocol)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// fork makes a child as C programs do. The child, if there is one, ends at once.
func fork(Trial) error {
	pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 {
		return e
	}
	if pid == 0 {
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0) // does not return
	}
	return nil
}
