package build

import (
	"os/exec"
	"testing"
	"time"
)

// TestUsed: what a child of a process uses is the process's, while it runs and afterwards.
func TestUsed(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sh -c 'while :; do :; done'; true")
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		killGroup(cmd)
		_ = cmd.Wait() // it was killed
	}()
	for all := time.Duration(0); all < 200*time.Millisecond; time.Sleep(time.Millisecond) {
		var ok bool
		if all, ok = usedByAll(cmd.Process.Pid); !ok {
			t.Fatal("the kernel does not say")
		}
	}
	if own := used(cmd.Process.Pid); own >= 200*time.Millisecond {
		t.Errorf("it has used %v by itself, and only its child does something", own)
	}
	if _, ok := usedByAll(-1); ok {
		t.Error("what is no process has used time")
	}
}
