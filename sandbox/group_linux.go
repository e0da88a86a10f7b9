package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What a host and its programs may use together. Each program has tighter bounds
// of its own; these hold if they should fail.
const (
	groupPids   = 1024
	groupMemory = 2 << 30 // bytes
)

// group is a host's cgroup: one folder for each hierarchy. It is empty where this
// process may not make one, which is the rule for an ordinary user.
type group []string

// groupRoot is where cgroups are mounted.
const groupRoot = "/sys/fs/cgroup"

// newGroup puts the process pid, which is about to start the others, into a cgroup
// of its own. It does what it can.
func newGroup(pid int) group {
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var g group
	name := fmt.Sprintf("brokerlab-%d-%d", os.Getpid(), pid)
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		_, rest, _ := strings.Cut(line, ":")
		controllers, path, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		for _, c := range strings.Split(controllers, ",") { // "" in the unified hierarchy
			if limits := groupLimits[c]; limits != nil {
				g = append(g, makeGroup(filepath.Join(groupRoot, c, path, name), limits, pid)...)
			}
		}
	}
	return g
}

// groupLimits are the files to write, by controller; "" is the unified hierarchy.
var groupLimits = map[string]map[string]int{
	"":       {"pids.max": groupPids, "memory.max": groupMemory},
	"pids":   {"pids.max": groupPids},
	"memory": {"memory.limit_in_bytes": groupMemory},
}

// makeGroup makes one folder with its limits, all of them or none.
func makeGroup(dir string, limits map[string]int, pid int) group {
	sweep(filepath.Dir(dir))
	if os.Mkdir(dir, 0o755) != nil {
		return nil
	}
	for file, n := range limits {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil || write(dir, file, n) != nil {
			group{dir}.remove()
			return nil
		}
	}
	if write(dir, "cgroup.procs", pid) != nil {
		group{dir}.remove()
		return nil
	}
	return group{dir}
}

// add puts another process into the group.
func (g group) add(pid int) {
	for _, dir := range g {
		_ = write(dir, "cgroup.procs", pid) // it may have ended, and then needs no limit
	}
}

// sweep removes what servers left that were killed.
func sweep(parent string) {
	old, _ := filepath.Glob(filepath.Join(parent, "brokerlab-*-*")) // the pattern is right
	for _, dir := range old {
		server, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), "brokerlab-"), "-")
		if _, err := os.Stat("/proc/" + server); os.IsNotExist(err) {
			_ = os.Remove(dir) // the kernel refuses while somebody is in it
		}
	}
}

func write(dir, file string, n int) error {
	return os.WriteFile(filepath.Join(dir, file), fmt.Append(nil, n), 0o644)
}

// remove removes the folders of a host that has ended. The kernel may need a
// moment until it counts nobody there any more, and on a busy machine some more.
func (g group) remove() {
	for _, dir := range g {
		for range 5000 {
			if err := os.Remove(dir); err == nil || os.IsNotExist(err) {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
}
