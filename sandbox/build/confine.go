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
	rootEnv  = "BROKERLAB_ROOT" // how: "own" root, the same as "nobody", "limits" only, or "" for nothing
	packRoot = "/pack"          // where a child at level A finds the pack
	tempRoot = "/tmp"           // and where it may write
	nobody   = 65534            // the user that a root parent's child becomes
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
		if opts.Level == jail.LevelB {
			cmd.Env = append(cmd.Env, rootEnv+"=limits")
		}
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
	dir, how, build := os.Getenv(packEnv), os.Getenv(rootEnv), role == "build"
	if how == "own" || how == "nobody" {
		if err := enterRoot(build, dir, how == "nobody"); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
		dir = packRoot
	}
	if how != "" {
		if err := giveUp(build); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
	}
	return openDir(dir)
}

// enterRoot leaves the child with the pack, read-only, and a folder in memory.
func enterRoot(build bool, dir string, becomes bool) error {
	root := jail.Root{Binds: []jail.Bind{{Source: dir, Target: packRoot}}, TmpSize: 1 << 20}
	if build {
		root.TmpSize, root.Exec = builderFiles, true
	}
	if err := jail.EnterRoot(root); err != nil {
		return err
	}
	if becomes {
		return becomeNobody(tempRoot)
	}
	return nil
}

// giveUp takes limits on and capabilities away.
func giveUp(build bool) error {
	limits := jail.Limits{Data: checkerData, Files: 1024, Write: 1 << 20}
	if build {
		limits = jail.Limits{Data: builderMemory, CPU: builderCPU, Files: 1024, Write: builderFiles}
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
	filter, err := profile.Program(checkerData)
	if err != nil {
		return err
	}
	return jail.LoadFilter(filter)
}
