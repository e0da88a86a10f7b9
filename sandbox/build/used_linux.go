package build

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is how many times a second the kernel counts processor time in /proc.
const ticks = 100

// used is the processor time that a process and all that came of it have used. It reports
// false when the kernel does not say.
func used(pid int) (time.Duration, bool) {
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, false
	}
	spent, children := make(map[int]int), make(map[int][]int)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended; its parent's numbers have its time
		}
		// pid (name) state ppid …, and from the 12th after the name on: utime stime cutime cstime.
		rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(rest) < 15 {
			continue
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parent, _ := strconv.Atoi(rest[1])
		children[parent] = append(children[parent], id)
		for _, field := range rest[11:15] {
			n, _ := strconv.Atoi(field)
			spent[id] += n
		}
	}
	if _, there := spent[pid]; !there {
		return 0, false
	}
	total := 0
	for all := []int{pid}; len(all) > 0; all = all[1:] {
		total += spent[all[0]]
		all = append(all, children[all[0]]...)
	}
	return time.Duration(total) * time.Second / ticks, true
}
