package launcher

import (
	"os"
	"syscall"
	"time"
)

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
