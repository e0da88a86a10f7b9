package interp

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

// Role is the lab command's role in which it interprets a student's program.
const Role = "interpret"

// Input is what a program in that role is given: its files.
func Input(files []File) ([]byte, error) { return json.Marshal(files) }

// Program is `brokerlab-lab interpret`: a program of a lab host, as a compiled one is,
// that locks itself down, reads the student's files from its host, and interprets
// them. It returns the exit code.
func Program() int {
	input, err := enter.Enter()
	if err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab:", err)
		return enter.Exit
	}
	os.Args = os.Args[:1] // the student's
	var files []File
	if err := json.Unmarshal(input, &files); err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "brokerlab: no program to interpret:", err)
		return exitFault
	}
	imp, err := bundle.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab:", err)
		return exitFault
	}
	run, found, err := prepare(files, imp, modeRun)
	if err != nil {
		fmt.Fprintln(os.Stderr, "brokerlab:", err)
		return exitFault
	}
	for _, d := range found { // whoever has started this has been told
		fmt.Fprintf(os.Stderr, "%s:%d:%d: %s\n", d.File, d.Line, d.Column, d.Message)
	}
	if len(found) > 0 {
		return exitPanic
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "panic:", err)
		return exitPanic
	}
	return 0
}
