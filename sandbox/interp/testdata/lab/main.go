// Lab is the lab command with the one role that the tests of interp need.
package main

import (
	"os"

	"github.com/brokerlab/brokerlab/sandbox/interp"
)

func main() { os.Exit(interp.Main()) }
