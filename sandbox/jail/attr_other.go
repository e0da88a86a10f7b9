//go:build !linux

package jail

import "syscall"

// Spaces chooses the namespaces of a child; there are none here.
type Spaces struct {
	Level  Level
	Net    bool
	Nested bool
	NoUser bool
}

// Attr gives no attributes: this system knows only level C.
func Attr(Spaces) *syscall.SysProcAttr { return nil }
