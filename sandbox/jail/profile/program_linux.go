package profile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Where the kernel's seccomp_data has its fields. Arguments are little endian on
// every machine that we know the calls of.
const (
	offNumber = 0
	offArch   = 4
	offArgs   = 16
)

// x32 marks the numbers of amd64's 32-bit calls, which would go round the filter.
const x32 = 0x40000000

const (
	allowed = unix.SECCOMP_RET_ALLOW
	killed  = unix.SECCOMP_RET_KILL_PROCESS
	refused = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	// Go takes this one for what it is, and ends the program as out of memory.
	noMemory = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOMEM)
)

// assemble builds a filter that allows the named calls and the conditional ones,
// and writable memory in pieces of at most block bytes.
//
// The code is a plain list: each call is compared and answered before the next, so
// that no answer depends on what an earlier comparison left in the register. (The
// library that the table of calls is from builds filters too, but after a condition
// that fails it compares the argument with the numbers of later calls.)
func assemble(names []string, block uint32) ([]byte, error) {
	info, err := arch.GetInfo("")
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	code := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(info.ID), SkipTrue: 1},
		bpf.RetConstant{Val: killed},
		bpf.LoadAbsolute{Off: offNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: x32, SkipTrue: 1},
		bpf.RetConstant{Val: killed},
	}
	for _, name := range names {
		code = append(code, always(info, name, allowed)...)
	}
	for _, r := range conditional(block) {
		if number, ok := info.SyscallNames[r.name]; ok {
			code = append(code, when(number, r)...)
		}
	}
	for _, name := range strings.Fields(deadly) {
		code = append(code, always(info, name, killed)...)
	}
	raw, err := bpf.Assemble(append(code, bpf.RetConstant{Val: refused}))
	if err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	return encode(raw), nil
}

// always answers a call whatever its arguments are.
func always(info *arch.Info, name string, answer uint32) []bpf.Instruction {
	number, ok := info.SyscallNames[name]
	if !ok {
		return nil
	}
	return []bpf.Instruction{
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(number), SkipFalse: 1},
		bpf.RetConstant{Val: answer},
	}
}

// when answers a call by its arguments.
func when(number int, r rule) []bpf.Instruction {
	var body []bpf.Instruction
	for _, set := range r.sets {
		body = append(body, tests(set)...)
	}
	body = append(body, bpf.RetConstant{Val: r.answer})
	head := bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(number), SkipFalse: uint8(len(body))}
	return append([]bpf.Instruction{head}, body...)
}

// tests allows the call when all conditions hold, and else goes on behind it.
func tests(set []condition) []bpf.Instruction {
	const each = 6 // instructions for one condition: two halves of load, mask, compare
	left := each*len(set) + 1
	var code []bpf.Instruction
	for _, c := range set {
		for half := range 2 {
			shift := 32 * half
			left -= each / 2
			mask := uint32(c.mask >> shift)
			compare := bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(c.want >> shift), SkipFalse: uint8(left)}
			if c.most > 0 {
				mask = ^uint32(0)
				if half == 0 { // the upper half is zero
					compare.Cond, compare.Val = bpf.JumpLessOrEqual, c.most
				}
			}
			code = append(code,
				bpf.LoadAbsolute{Off: uint32(offArgs + 8*c.arg + 4*half), Size: 4},
				bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask}, compare)
		}
	}
	return append(code, bpf.RetConstant{Val: allowed})
}

// encode lays instructions out as the kernel's sock_filter.
func encode(raw []bpf.RawInstruction) []byte {
	var b bytes.Buffer
	for _, i := range raw {
		// Writing to a buffer does not fail.
		_ = binary.Write(&b, binary.NativeEndian, i.Op)
		b.Write([]byte{i.Jt, i.Jf})
		_ = binary.Write(&b, binary.NativeEndian, i.K)
	}
	return b.Bytes()
}
