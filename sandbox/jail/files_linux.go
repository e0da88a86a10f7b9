package jail

import "golang.org/x/sys/unix"

// inherited is the range of descriptors that a lab process may have been given.
const inherited = 64

// KeepFiles marks every descriptor above stderr so that children do not get it.
// What Go opens is marked already; what this process was started with is not.
func KeepFiles() {
	for fd := 3; fd < inherited; fd++ {
		unix.CloseOnExec(fd)
	}
}
