package launcher

import (
	"os"
	"syscall"
	"time"
)

// Usage is what a program has used so far.
type Usage struct {
	CPU  time.Duration
	Runs bool // it runs just now, or only waits for a processor
}

// Exit is how a program ended, as the kernel counted it.
type Exit struct {
	Code   int            // -1 if a signal ended it
	Signal syscall.Signal // 0 if it exited
	CPU    time.Duration  // user and system time
	MaxRSS int64          // peak of resident memory, in bytes
}

// A Spec says what to start. The files are not closed.
type Spec struct {
	Name                                   string
	Args, Env                              []string
	Binary, Stdout, Stderr, Control, Trace *os.File
}
