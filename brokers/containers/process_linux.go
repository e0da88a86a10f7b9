package containers

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// processBegan returns when a process began, in the kernel's ticks since boot,
// and whether there is one.
func processBegan(pid int) (began string, alive bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	// The name in parentheses may hold anything; starttime is field 22, and the
	// first after the name is field 3.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return "", false
	}
	if fields[0] == "Z" { // dead, and not yet waited for
		return "", false
	}
	return fields[19], true
}

// bootID tells one start of the machine from the next.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return "/" + strings.TrimSpace(string(id))
}
