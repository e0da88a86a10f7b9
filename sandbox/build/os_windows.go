//go:build windows

package build

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"time"
)

const exeSuffix = ".exe"

// lockFile takes a lock by a file that only one process can have created. It
// waits for the lock until ctx is done.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	for {
		_ = os.Remove(name) // fails while the owner has it open
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
		if err == nil {
			return func() { _ = f.Close(); _ = os.Remove(name) }, nil
		}
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func becomeNobody(string) error { return errors.New("this system has no user to become") }
