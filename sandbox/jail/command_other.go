//go:build !linux

package jail

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// CommandOptions says how Command starts its child.
type CommandOptions struct {
	Level Level
	Env   []string
	Files []*os.File
}

// Command is the lab command as a plain child: this system knows only level C.
func Command(ctx context.Context, lab string, args []string, o CommandOptions) (cmd *exec.Cmd, release func(), err error) {
	cmd = exec.CommandContext(ctx, lab, args...)
	cmd.Env = append([]string{}, o.Env...)
	cmd.ExtraFiles = o.Files
	cmd.WaitDelay = 10 * time.Second
	return cmd, func() {}, nil
}
