package sandbox

import (
	"context"
	"errors"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/interp"
	"github.com/brokerlab/brokerlab/sandbox/interp/check"
)

// A lab's own check takes some milliseconds. The time is for a busy machine. It runs
// out before the processor time does, which ends a check without a word of where it
// was.
const (
	checkWall = 15 * time.Second
	checkCPU  = 3 * checkWall
)

// RunCheck interprets the text of a lab's own check over a journal, a JSON list of
// events, in a child of its own, and gives what it says. The error is an
// *interp.CheckError, with the name of the file, when the check is to blame.
func (s *Sandbox) RunCheck(ctx context.Context, file, source string, journal []byte) ([]check.Result, error) {
	e := interp.Engine{Lab: s.lab, Level: s.level, Limits: interp.DefaultLimits}
	e.Limits.Wall, e.Limits.CPU = checkWall, checkCPU
	results, err := e.RunCheck(ctx, source, journal)
	var own *interp.CheckError
	if errors.As(err, &own) {
		own.File = file
	}
	return results, err
}
