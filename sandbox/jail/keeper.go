package jail

import (
	"os/exec"
	"runtime"
	"sync"
)

// keeper is the thread that starts all children: Linux sends a child its
// parent-death signal when the thread that started it ends, not the process, and
// Go ends threads at times of its own.
var keeper = sync.OnceValue(func() chan<- func() {
	calls := make(chan func())
	go keep(calls)
	return calls
})

func keep(calls <-chan func()) {
	runtime.LockOSThread()
	for call := range calls {
		call()
	}
}

// Start starts cmd on a thread that lives as long as this process. Streams that it has
// none of are empty, also where there is no /dev/null.
func Start(cmd *exec.Cmd) error {
	void, err := fillStreams(cmd)
	if err != nil {
		return err
	}
	defer void.Close() //nolint:errcheck // it holds nothing; nil does no harm
	done := make(chan error)
	keeper() <- func() { done <- cmd.Start() }
	return <-done
}
