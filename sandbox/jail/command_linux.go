package jail

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// CommandOptions says how Command starts its child.
type CommandOptions struct {
	Level Level
	Env   []string   // the whole environment; nothing of the parent's is passed on
	Files []*os.File // descriptors 3, 4, … of the child
}

// Command is the lab command as a child in namespaces of its own, without a
// network. The child shuts itself in: it calls EnterRoot (level A only), Rlimits,
// DropCaps and so on before it looks at anything untrusted. Start it with Start.
//
// The lab command is executed by descriptor, since the unprivileged user that a
// root parent's child becomes may not be able to walk to it; it has to be
// executable for others. Close the returned command's descriptor with Release.
func Command(ctx context.Context, lab string, args []string, o CommandOptions) (cmd *exec.Cmd, release func(), err error) {
	bin, err := os.Open(lab)
	if err != nil {
		return nil, nil, fmt.Errorf("lab command: %w", err)
	}
	cmd = exec.CommandContext(ctx, fmt.Sprintf("/proc/self/fd/%d", 3+len(o.Files)))
	cmd.Args = append([]string{"brokerlab-lab"}, args...)
	cmd.Env = append([]string{}, o.Env...)
	cmd.Dir = "/"
	cmd.ExtraFiles = append(append([]*os.File{}, o.Files...), bin)
	cmd.SysProcAttr = Attr(Spaces{Level: o.Level, Net: true})
	cmd.WaitDelay = 10 * time.Second
	return cmd, func() { _ = bin.Close() }, nil
}
