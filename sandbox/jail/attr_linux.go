package jail

import (
	"os"
	"syscall"
)

// Nobody is the user that a jail runs as when its parent is root.
const Nobody = 65534

// Spaces chooses the namespaces of a child.
type Spaces struct {
	Level  Level
	Net    bool // a network namespace of its own; without it the child shares its parent's
	Nested bool // the parent is itself root of a jail's user namespace
	NoUser bool // share the parent's user namespace, where /proc is not its own
}

// Attr gives the attributes to start a child with. The child dies with the
// thread that started it, so start it with Start.
//
// At level A the child is root of a user namespace of its own, which maps to an
// unprivileged user outside, and has its own mounts, pids, ipc and host name. At
// level B it has none of these; a root parent's child runs as Nobody.
func Attr(s Spaces) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	root := os.Getuid() == 0
	if s.Level != LevelA {
		if root {
			a.Credential = &syscall.Credential{Uid: Nobody, Gid: Nobody, Groups: []uint32{}}
		}
		return a
	}
	a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID |
		syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	if s.Net {
		a.Cloneflags |= syscall.CLONE_NEWNET
	}
	if s.NoUser {
		a.Cloneflags &^= syscall.CLONE_NEWUSER
		return a
	}
	uid, gid := os.Getuid(), os.Getgid()
	if root && !s.Nested {
		// Never 0 to 0 from the real root: files of root would be the child's.
		uid, gid = Nobody, Nobody
		a.GidMappingsEnableSetgroups = true
		a.Credential = &syscall.Credential{Uid: 0, Gid: 0, Groups: []uint32{}}
	}
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	return a
}
