package profile

import (
	"encoding/binary"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// machine runs a filter as the kernel does.
func machine(t *testing.T, filter []byte) *bpf.VM {
	t.Helper()
	var code []bpf.Instruction
	for ; len(filter) > 0; filter = filter[8:] {
		raw := bpf.RawInstruction{Op: binary.NativeEndian.Uint16(filter), Jt: filter[2], Jf: filter[3], K: binary.NativeEndian.Uint32(filter[4:])}
		code = append(code, raw.Disassemble())
	}
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// answer is what a filter says to a call. The machine reads big-endian words.
func answer(t *testing.T, vm *bpf.VM, machineID uint32, number int, args ...uint64) uint32 {
	t.Helper()
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[offNumber:], uint32(number))
	binary.BigEndian.PutUint32(data[offArch:], machineID)
	for i, a := range args {
		binary.BigEndian.PutUint32(data[offArgs+8*i:], uint32(a))
		binary.BigEndian.PutUint32(data[offArgs+8*i+4:], uint32(a>>32))
	}
	n, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

const block = 128 << 20

func TestProgram(t *testing.T) {
	info, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	filter, err := Program(block)
	if err != nil {
		t.Fatal(err)
	}
	vm := machine(t, filter)
	const private = unix.MAP_PRIVATE | unix.MAP_ANON
	const rw = unix.PROT_READ | unix.PROT_WRITE
	for _, tt := range []struct {
		name string
		call string
		args []uint64
		want uint32
	}{
		{"read", "read", nil, allowed},
		{"start a program", "execve", nil, killed},
		{"a call that nobody named", "acct", nil, refused},
		{"a thread", "clone", []uint64{unix.CLONE_THREAD | unix.CLONE_VM}, allowed},
		{"a process", "clone", []uint64{uint64(unix.SIGCHLD)}, killed},
		{"TCP", "socket", []uint64{unix.AF_INET, tcp, 0}, allowed},
		{"TCP by number", "socket", []uint64{unix.AF_INET, tcp, unix.IPPROTO_TCP}, allowed},
		{"MPTCP", "socket", []uint64{unix.AF_INET, tcp, unix.IPPROTO_MPTCP}, refused},
		{"UDP", "socket", []uint64{unix.AF_INET, unix.SOCK_DGRAM, 0}, refused},
		{"IPv6", "socket", []uint64{unix.AF_INET6, tcp, 0}, refused},
		{"unix", "socket", []uint64{unix.AF_UNIX, tcp, 0}, refused},
		{"a domain in the upper half", "socket", []uint64{1<<32 | unix.AF_INET, tcp, 0}, refused},
		{"memory", "mmap", []uint64{0, block, rw, private}, allowed},
		{"a block too many", "mmap", []uint64{0, block + 1, rw, private}, noMemory},
		{"4 GiB and a bit", "mmap", []uint64{0, 1<<32 + 4096, rw, private}, noMemory},
		{"a large reservation", "mmap", []uint64{0, 1 << 40, unix.PROT_NONE, private}, allowed},
		{"shared memory", "mmap", []uint64{0, 4096, rw, unix.MAP_SHARED | unix.MAP_ANON}, noMemory},
		{"a growing stack", "mmap", []uint64{0, 4096, rw, private | unix.MAP_GROWSDOWN}, noMemory},
		{"own limits", "prlimit64", []uint64{0}, allowed},
		{"another's limits", "prlimit64", []uint64{1}, refused},
		{"name memory", "prctl", []uint64{0x53564d41}, allowed},
		{"another prctl", "prctl", []uint64{unix.PR_SET_DUMPABLE}, refused},
		{"socket pairs", "socketpair", nil, refused},
	} {
		number, ok := info.SyscallNames[tt.call]
		if !ok {
			t.Fatalf("no call %q here", tt.call)
		}
		if got := answer(t, vm, uint32(info.ID), number, tt.args...); got != tt.want {
			t.Errorf("%s: %#x, want %#x", tt.name, got, tt.want)
		}
		if got := answer(t, vm, uint32(info.ID)+1, number, tt.args...); got != killed {
			t.Errorf("%s, by another machine's calls: %#x, want it killed", tt.name, got)
		}
	}
	if got := answer(t, vm, uint32(info.ID), info.SyscallNames["read"]|x32); got != killed {
		t.Errorf("read by amd64's 32-bit numbers: %#x, want it killed", got)
	}
}

// TestArgumentsAreNoNumbers gives refused calls every small argument: none of them
// may be taken for the number of a call that is allowed.
func TestArgumentsAreNoNumbers(t *testing.T) {
	info, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	filter, err := Program(block)
	if err != nil {
		t.Fatal(err)
	}
	vm := machine(t, filter)
	for n := range uint64(500) {
		args := []uint64{n, n, n, n, n, n}
		if got := answer(t, vm, uint32(info.ID), info.SyscallNames["socket"], args...); got != refused {
			t.Errorf("socket of %d: %#x", n, got)
		}
		if got := answer(t, vm, uint32(info.ID), info.SyscallNames["clone"], args...); got != killed {
			t.Errorf("clone of %d: %#x", n, got)
		}
		if n&unix.MAP_SHARED == 0 && n&unix.MAP_GROWSDOWN == 0 {
			continue
		}
		if got := answer(t, vm, uint32(info.ID), info.SyscallNames["mmap"], args...); got != noMemory {
			t.Errorf("mmap of %d: %#x", n, got)
		}
	}
}

func TestHostMayMakeSocketPairs(t *testing.T) {
	info, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	filter, err := Host()
	if err != nil {
		t.Fatal(err)
	}
	vm := machine(t, filter)
	for call, want := range map[string]uint32{"socketpair": allowed, "execve": killed, "ptrace": killed} {
		if got := answer(t, vm, uint32(info.ID), info.SyscallNames[call]); got != want {
			t.Errorf("%s: %#x, want %#x", call, got, want)
		}
	}
}
