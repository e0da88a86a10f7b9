// Command lab plays the children of the tests. It is built without cgo, as
// brokerlab-lab is, since a child at level A changes its user on all threads.
package main

import (
	"os"

	"github.com/brokerlab/brokerlab/sandbox/build"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "check":
		os.Exit(build.CheckMain())
	case len(os.Args) == 2 && os.Args[1] == "build":
		os.Exit(build.BuildMain())
	}
	os.Exit(2)
}
