package build

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/brokerlab/brokerlab/sandbox/jail"
	"github.com/brokerlab/brokerlab/sandbox/jail/profile"
)

// The environment of a child says how it is to shut itself in.
const (
	packEnv  = "BROKERLAB_PACK" // the pack's folder, as the child sees it at first
	rootEnv  = "BROKERLAB_ROOT" // "own": enter an empty root; "nobody": the same, and become nobody; "": stay
	packRoot = "/pack"          // where a child at level A finds the pack
	tempRoot = "/tmp"           // and where it may write
)

// What a child may use. compile takes 130 MiB for a go-redis program, link 270
// MiB for a pulsar one.
const (
	builderMemory = 1536 << 20 // bytes, each of builder, compile and link
	builderFiles  = 192 << 20  // bytes of all that a build writes
	builderCPU    = 20         // seconds, each
	checkerData   = checkerMemory * 5 / 4
)

// childCommand is the lab command in a role, not started. At level A it is in
// namespaces of its own without a network; at other levels it may write in dir.
// It is to be started with jail.Start.
func childCommand(opts Options, role, dir string) (*exec.Cmd, error) {
	if opts.Lab == "" {
		return nil, errors.New("no lab command given")
	}
	cmd := exec.Command(opts.Lab, role)
	if opts.Level != jail.LevelA {
		cmd.Dir = dir
		cmd.Env = []string{packEnv + "=" + opts.Pack.Dir, "TMPDIR=" + dir, "HOME=" + dir}
		ownGroup(cmd)
		return cmd, nil
	}
	// A root parent's child needs root's eyes to find the pack, which may be below
	// /root; it becomes nobody as soon as it is in its own root.
	root, how := os.Getuid() == 0, "own"
	if root {
		how = "nobody"
	}
	cmd.SysProcAttr = jail.Attr(jail.Spaces{Level: jail.LevelA, Net: true, NoUser: root})
	cmd.Dir = "/"
	cmd.Env = []string{packEnv + "=" + opts.Pack.Dir, rootEnv + "=" + how, "TMPDIR=" + tempRoot, "HOME=" + tempRoot}
	return cmd, nil
}

// confine shuts a child in as its environment says, before it reads anything
// that a student wrote, and opens the pack. The builder may execute the pack's
// tools; the checker gets a system call filter that starts no process.
func confine(role string) (*Pack, error) {
	dir := os.Getenv(packEnv)
	if os.Getenv(rootEnv) != "" {
		if err := enterRoot(role == "build", dir); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
		dir = packRoot
	}
	return openDir(dir)
}

func enterRoot(build bool, dir string) error {
	root := jail.Root{Binds: []jail.Bind{{Source: dir, Target: packRoot}}, TmpSize: 1 << 20}
	limits := jail.Limits{Data: checkerData, Files: 1024, Write: 1 << 20}
	if build {
		root.TmpSize, root.Exec = builderFiles, true
		limits = jail.Limits{Data: builderMemory, CPU: builderCPU, Files: 1024, Write: builderFiles}
	}
	if err := jail.EnterRoot(root); err != nil {
		return err
	}
	if os.Getenv(rootEnv) == "nobody" {
		if err := becomeNobody(tempRoot); err != nil {
			return err
		}
	}
	if err := jail.Rlimits(limits); err != nil {
		return err
	}
	if err := jail.DropCaps(); err != nil {
		return err
	}
	if build {
		return nil
	}
	filter, err := profile.Program()
	if err != nil {
		return err
	}
	return jail.LoadFilter(filter)
}
