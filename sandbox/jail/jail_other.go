//go:build !linux

package jail

import "errors"

// Root describes the file system of a jail.
type Root struct {
	Binds   []Bind
	TmpSize int64
	Exec    bool
	Proc    bool
}

// A Bind shows one file or folder of the parent inside the jail, read-only.
type Bind struct{ Source, Target string }

// Limits are a process's rlimits.
type Limits struct{ Data, CPU, Files, Write, Thread uint64 }

// errLevelC is the answer to what only Linux can do.
var errLevelC = errors.New("this system has no isolation above level C")

// EnterRoot is refused here.
func EnterRoot(Root) error { return errLevelC }

// OwnProc is false: this system has no such thing.
func OwnProc() bool { return false }

// KeepFiles does nothing here.
func KeepFiles() {}

// Loopback is refused here.
func Loopback() error { return errLevelC }

// Rlimits is refused here.
func Rlimits(Limits) error { return errLevelC }

// DropCaps is refused here.
func DropCaps() error { return errLevelC }

// HasLandlock is false: it is Linux's.
func HasLandlock() bool { return false }

// Landlock is refused here.
func Landlock([]int) error { return errLevelC }

// LandlockFiles is refused here.
func LandlockFiles() error { return errLevelC }

// LoadFilter is refused here.
func LoadFilter([]byte) error { return errLevelC }
