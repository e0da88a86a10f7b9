package jail

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// Landlock takes away files other than /etc/hosts and /dev/null, TCP connects to
// ports other than those named (Linux 6.7), binds, and signals and abstract
// sockets out of here (6.12). What the kernel does not know is left out.
func Landlock(ports []int) error {
	rules := []landlock.Rule{
		landlock.ROFiles("/etc/hosts", "/etc/resolv.conf").IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing(),
	}
	for _, p := range ports {
		rules = append(rules, landlock.ConnectTCP(uint16(p)))
	}
	if err := landlock.V6.BestEffort().Restrict(rules...); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}

// HasLandlock reports whether this kernel has Landlock at all (Linux 5.13, and not
// switched off). Without an empty root nothing else keeps a program from files.
func HasLandlock() bool {
	const version = 1 // LANDLOCK_CREATE_RULESET_VERSION
	abi, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, version)
	return e == 0 && abi >= 1
}

// LandlockFiles takes away files other than /etc/hosts and /dev/null, and leaves
// the network alone.
func LandlockFiles() error {
	err := landlock.V6.BestEffort().RestrictPaths(
		landlock.ROFiles("/etc/hosts", "/etc/resolv.conf").IgnoreIfMissing(),
		landlock.RWFiles("/dev/null").IgnoreIfMissing())
	if err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}
