//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder makes this process the only one that works in a data folder, until
// release: two would grade each other's attempts and open each lab twice.
func lockFolder(dir string) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, usage("keep work in %s: %w", dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		_ = f.Close()
		return nil, usage("another brokerlab works in %s: use its page, or choose another folder with --data", dir)
	}
	// A file system without locks is no reason not to work.
	return func() { _ = f.Close() }, nil
}
