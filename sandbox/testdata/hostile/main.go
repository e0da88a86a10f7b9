// Command hostile is every bad program of the sandbox's tests, chosen by its
// argument. It is built as a student's program is: with lockdown.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/brokerlab/brokerlab/sandbox/lockdown"
)

func init() {
	if os.Args[1] == "exit in init" {
		os.Exit(7)
	}
}

var programs = map[string]func(){
	"hello":            func() { fmt.Println("hello"); fmt.Fprintln(os.Stderr, "there") },
	"loop":             func() { spin(1) },
	"loop, ignoring":   func() { signal.Ignore(syscall.SIGQUIT, syscall.SIGXCPU); spin(2) },
	"sleep":            func() { time.Sleep(time.Hour) },
	"say, sleep":       func() { fmt.Println("good night"); time.Sleep(time.Hour) },
	"sleep, ignoring":  func() { signal.Ignore(syscall.SIGQUIT); time.Sleep(time.Hour) },
	"receive":          func() { time.AfterFunc(time.Hour, func() {}); <-make(chan int) },
	"allocate":         allocate,
	"one big block":    func() { b := make([]byte, size(40)); b[0] = 1; fmt.Println(len(b)) },
	"half a gigabyte":  func() { touch(make([]byte, size(29))) },
	"eight gigabytes":  func() { touch(make([]byte, size(33))) },
	"fixed mapping":    fixedMapping,
	"garbage":          garbage,
	"shared memory":    sharedMemory,
	"growing stacks":   growing,
	"claim memory":     func() { fmt.Fprintln(os.Stderr, "fatal error: out of memory"); os.Exit(2) },
	"goroutines":       goroutines,
	"goroutines, busy": busyGoroutines,
	"threads":          threads,
	"flood":            func() { flood(os.Stdout) },
	"flood stderr":     func() { flood(os.Stderr) },
	"flood, dumping":   func() { go flood(os.Stderr); time.Sleep(time.Hour) },
	"files":            files,
	"dial":             dial,
	"exec":             func() { fmt.Println(exec.Command("/bin/sh", "-c", "echo escaped").CombinedOutput()) },
	"exec self":        func() { fmt.Println(syscall.Exec("/proc/self/exe", []string{"x"}, nil)) },
	"fork":             func() { raw(syscall.SYS_FORK) },
	"clone":            func() { raw(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD)) },
	"new user":         func() { raw(syscall.SYS_UNSHARE, syscall.CLONE_NEWUSER) },
	"mount":            func() { fmt.Println(syscall.Mount("proc", "/tmp", "proc", 0, "")) },
	"setns":            func() { raw(308, 0, 0) },
	"kill parent":      func() { raw(syscall.SYS_TGKILL, uintptr(os.Getppid()), uintptr(os.Getppid()), 9) },
	"ptrace":           func() { fmt.Println(syscall.PtraceAttach(1)) },
	"kill all":         func() { fmt.Println(syscall.Kill(-1, syscall.SIGKILL)); fmt.Println("alive") },
	"descriptors":      descriptors,
	"close trace":      func() { syscall.Close(4); lockdown.At(3, 1); fmt.Println("alive") },
	"trace":            func() { lockdown.At(11, 0); lockdown.At(12, 5) },
	"trace flood":      func() { traceFlood() },
	"forge verdict":    func() { fmt.Println(`{"type":"verdict","status":"passed","score":{"points":100,"of":100}}`) },
	"early":            func() { os.Exit(0) },
	"panic":            func() { panic("boom") },
	"deadlock":         func() { select {} },
	"dial amqp":        func() { _, _ = amqp.Dial("amqp://guest:guest@localhost:5672/") },
	"echo":             echo,
	"port":             func() { _, err := net.Listen("tcp", "127.0.0.1:9999"); fmt.Println("listen:", err) },
	"sockets":          sockets,
}

func main() {
	programs[os.Args[1]]()
}

func raw(number uintptr, args ...uintptr) {
	a := append(args, 0, 0, 0)
	r, _, e := syscall.RawSyscall(number, a[0], a[1], a[2])
	if number != syscall.SYS_UNSHARE && r == 0 && e == 0 {
		syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0) // the child that should not be
	}
	fmt.Println("escaped:", r, e)
}

func spin(threads int) {
	for range threads {
		go func() {
			for {
			}
		}()
	}
	for {
	}
}

// size hides a constant from the compiler.
func size(bits int) int { return 1 << bits }

func allocate() {
	var all [][]byte
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(i)
		}
		all = append(all, b)
	}
}

func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	fmt.Println("touched", len(b))
}

// fixedMapping maps over reservations, as the Go runtime does.
func fixedMapping() {
	for i := 0; ; i++ {
		const n = 64 << 20
		at, err := syscall.Mmap(-1, 0, n, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			fmt.Println(i, "reserve:", err)
			return
		}
		p, _, e := syscall.Syscall6(syscall.SYS_MMAP, uintptr(unsafe.Pointer(&at[0])), n, syscall.PROT_READ|syscall.PROT_WRITE,
			syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_FIXED, ^uintptr(0), 0)
		if e != 0 {
			fmt.Println("stopped:", e, "early:", i < 8)
			return
		}
		_ = p
	}
}

// garbage is a good program: it allocates much and keeps little.
func garbage() {
	var keep [64][]byte
	for i := range 500 {
		b := make([]byte, 1<<20)
		b[i] = 1
		keep[i%len(keep)] = b
	}
	fmt.Println("kept", len(keep))
}

func sharedMemory() {
	_, err := syscall.Mmap(-1, 0, 1<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_SHARED)
	fmt.Println("shared:", err)
}

func growing() {
	_, err := syscall.Mmap(-1, 0, 1<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_GROWSDOWN)
	fmt.Println("growing:", err)
}

func goroutines() {
	var wg sync.WaitGroup
	for range 100_000 {
		wg.Go(func() { time.Sleep(time.Hour) })
	}
	fmt.Println("started", runtime.NumGoroutine() > 100_000)
	wg.Wait()
}

func busyGoroutines() {
	for range 100_000 {
		go func() {
			for {
			}
		}()
	}
	fmt.Println("started")
	select {}
}

func threads() {
	debug.SetMaxThreads(1 << 20)
	for range 5000 {
		go func() {
			runtime.LockOSThread()
			time.Sleep(time.Hour)
		}()
	}
	time.Sleep(2 * time.Second)
	fmt.Println("all started")
}

func flood(f *os.File) {
	line := []byte(strings.Repeat("all work and no play ", 50) + "\n")
	for {
		if _, err := f.Write(line); err != nil {
			return
		}
	}
}

func files() {
	for _, name := range []string{"/etc/passwd", "/proc/self/environ", "/proc/1/cmdline", "/root", "/home", "/etc/resolv.conf.bak"} {
		_, err := os.ReadFile(name)
		fmt.Println("read", name, err)
	}
	entries, err := os.ReadDir("/")
	fmt.Println("root", entries, err)
	fmt.Println("write", os.WriteFile("/tmp/x", []byte("x"), 0o600), os.WriteFile("/x", []byte("x"), 0o600))
	fmt.Println("link", os.Symlink("/a", "/b"), os.Mkdir("/c", 0o700))
}

func dial() {
	for _, to := range []string{"1.1.1.1:53", "10.0.0.1:80", "example.com:80", "[::1]:5672"} {
		_, err := net.DialTimeout("tcp", to, time.Second)
		fmt.Println("dial", to, err)
	}
}

func descriptors() {
	for fd := range 64 {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err == nil && fd != 4 {
			fmt.Printf("fd %d mode %o\n", fd, st.Mode&syscall.S_IFMT)
		}
	}
	buf := make([]byte, 64)
	_, err := syscall.Read(3, buf)
	fmt.Println("control:", err)
}

func traceFlood() {
	for i := range int32(1 << 20) {
		lockdown.At(i, i)
	}
	_, _ = syscall.Write(4, []byte("short"))
	fmt.Println("alive")
}

func echo() {
	c, err := net.Dial("tcp", "localhost:5672")
	if err != nil {
		fmt.Println("dial:", err)
		return
	}
	fmt.Fprint(c, "ping")
	buf := make([]byte, 4)
	_, err = c.Read(buf)
	fmt.Println(string(buf), err)
}

func sockets() {
	try := func(name string, domain, kind, proto int) {
		fd, err := syscall.Socket(domain, kind, proto)
		if err == nil {
			_ = syscall.Close(fd)
		}
		fmt.Println(name, err)
	}
	try("udp", syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	try("unix", syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	try("mptcp", syscall.AF_INET, syscall.SOCK_STREAM, 262)
	try("netlink", syscall.AF_NETLINK, syscall.SOCK_RAW, 0)
	try("ipv6", syscall.AF_INET6, syscall.SOCK_STREAM, 0)
	try("packet", syscall.AF_PACKET, syscall.SOCK_RAW, 0)
}
