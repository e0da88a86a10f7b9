package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is how many times a second the kernel counts processor time in /proc.
const ticks = 100

// used is the processor time that a process has used, with its children that have ended.
func used(pid int) time.Duration {
	s, _ := statOf(fmt.Sprintf("/proc/%d/stat", pid))
	return s.used
}

// usedByAll is the same with all that came of the process and still runs. It reports false
// when the kernel does not say.
func usedByAll(pid int) (total time.Duration, ok bool) {
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, false
	}
	all, children := make(map[int]time.Duration), make(map[int][]int)
	for _, name := range names {
		s, there := statOf(name)
		if !there {
			continue // it has ended; its parent's time has its own
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(name))) // digits
		all[id] = s.used
		children[s.parent] = append(children[s.parent], id)
	}
	_, ok = all[pid]
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		total += all[next[0]]
		next = append(next, children[next[0]]...)
	}
	return total, ok
}

type stat struct {
	parent int
	used   time.Duration
}

// statOf reads a process's line, proc(5): pid (name) state ppid …, and as the 12th to the
// 15th after the name utime, stime, cutime and cstime.
func statOf(name string) (s stat, ok bool) {
	text, err := os.ReadFile(name)
	if err != nil {
		return s, false
	}
	rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(rest) < 15 {
		return s, false
	}
	s.parent, _ = strconv.Atoi(rest[1])
	for _, field := range rest[11:15] {
		n, _ := strconv.Atoi(field)
		s.used += time.Duration(n) * time.Second / ticks
	}
	return s, true
}
