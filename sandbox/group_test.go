//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox"
)

// groups finds the cgroups that this process made.
func groups(t *testing.T) []string {
	t.Helper()
	var found []string
	want := fmt.Sprintf("brokerlab-%d-", os.Getpid())
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), want) {
			found = append(found, path)
		}
		return nil // what cannot be read is not ours
	})
	return found
}

// TestGroup finds a host in its cgroup, with the limits set, and nothing left of
// it afterwards.
func TestGroup(t *testing.T) {
	h := open(t, sandbox.Options{})
	all := groups(t)
	if len(all) == 0 {
		t.Skip("this user may not make cgroups here")
	}
	for _, dir := range all {
		b, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil || !strings.Contains("\n"+string(b), fmt.Sprintf("\n%d\n", h.Pid())) {
			t.Errorf("%s holds %q (%v), want process %d in it", dir, b, err, h.Pid())
		}
	}
	h.Close()
	if left := groups(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
