package lockdown

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

func init() {
	if _, err := enter.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab:", err)
		os.Exit(enter.Exit)
	}
}

// At records that the program is about to make a client call, given by its number
// in the table of the build, on a line of its source. It is for display only. It
// never waits and allocates nothing; a record that finds no room is lost.
func At(line, call int32) {
	var rec [enter.RecordSize]byte
	binary.LittleEndian.PutUint64(rec[0:], uint64(time.Now().UnixNano()))
	binary.LittleEndian.PutUint32(rec[8:], uint32(line))
	binary.LittleEndian.PutUint32(rec[12:], uint32(call))
	_, _, _ = syscall.RawSyscall(syscall.SYS_WRITE, enter.Trace, uintptr(unsafe.Pointer(&rec[0])), enter.RecordSize)
}
