// Package enter is the way into the jail for a program that was started in it: it
// reads what to do from descriptor 3, gives up everything but its own memory and
// TCP on loopback, says that it is ready, and waits for the word to go on.
//
// It is apart from lockdown, whose init does it, for those who need only the words
// that are exchanged, or want to enter when they choose.
package enter

// The descriptors that a program is started with, after the standard three.
const (
	Control = 3 // Config as JSON, then Ready or an error, then Go; closed before student code runs
	Trace   = 4 // records of At, 16 bytes each
)

// The words on the control descriptor, each one packet. Before Go comes what the
// program is to be given, in packets that begin with Input.
const (
	Ready = "ready" // from the program: it is locked down
	Input = "input" // to the program: a part of its input follows
	Go    = "go"    // to the program: student code may run
)

// MaxInput bounds a packet of input, in bytes without its first word.
const MaxInput = 16 << 10

// Exit is the code of a program that could not be locked down.
const Exit = 90

// Config says what a program is to give up. The zero value of a limit is refused.
type Config struct {
	Level      string `json:"level"`      // "A", "B" or "C"
	Filter     []byte `json:"filter"`     // seccomp filter, from jail/profile
	Ports      []int  `json:"ports"`      // TCP ports on loopback that it may connect to
	Memory     uint64 `json:"memory"`     // bytes of private writable memory
	CPU        uint64 `json:"cpu"`        // seconds
	Files      uint64 `json:"files"`      // open descriptors
	Processes  uint64 `json:"processes"`  // threads, counted by the kernel; 0 where it counts per user
	MaxThreads int    `json:"maxThreads"` // threads, counted by the Go runtime
}

// RecordSize is the length of one record of At: the time in nanoseconds since
// 1970 (8 bytes), the line (4) and the call (4), little endian.
const RecordSize = 16
