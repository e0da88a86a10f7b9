// Command lab plays the children of the tests. It is built without cgo, as
// brokerlab-lab is, since a child at level A changes its user on all threads.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/brokerlab/brokerlab/sandbox/build"
)

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "check":
		os.Exit(build.CheckMain())
	case len(os.Args) == 2 && os.Args[1] == "build":
		os.Exit(build.BuildMain())
	case len(os.Args) == 4 && os.Args[1] == "pack":
		os.Exit(pack(os.Args[2], os.Args[3]))
	}
	os.Exit(2)
}

// pack makes a pack and prints what it is doing, so that a test can kill it.
func pack(module, cache string) int {
	p, err := build.MakePack(context.Background(), module, cache, func(done, total int, what string) {
		fmt.Println(done, total, what)
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("made", p.ID())
	return 0
}
