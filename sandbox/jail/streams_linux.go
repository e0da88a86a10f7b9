package jail

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// fillStreams gives cmd an empty file in memory for each of its streams that is nil, where
// os/exec would open /dev/null and cannot: in a root that holds this program and nothing
// else, or in the root of a jail that was made there. The file has to be closed when cmd
// has started; it is nil where /dev/null will do.
func fillStreams(cmd *exec.Cmd) (void *os.File, err error) {
	if null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
		return nil, null.Close()
	}
	fd, err := unix.MemfdCreate("void", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("a file in place of %s: %w", os.DevNull, err)
	}
	void = os.NewFile(uintptr(fd), "void")
	if cmd.Stdin == nil {
		cmd.Stdin = void
	}
	if cmd.Stdout == nil {
		cmd.Stdout = void
	}
	if cmd.Stderr == nil {
		cmd.Stderr = void
	}
	return void, nil
}
