//go:build !linux

package launcher

import (
	"fmt"
	"os"
)

// Main is refused here: level C has no launcher.
func Main([]string) int {
	fmt.Fprintln(os.Stderr, "launcher: this system has no isolation above level C")
	return 2
}
