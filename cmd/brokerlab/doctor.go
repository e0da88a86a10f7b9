package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/build"
)

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(c *console) error {
	fmt.Fprintln(c.out, "brokerlab", version)
	return nil
}

type packCmd struct {
	Write string `help:"Also write the pack as one compressed file, for make dist." type:"path" placeholder:"FILE"`
}

// Help is shown by brokerlab pack --help.
func (packCmd) Help() string {
	return `The pack holds the compiler, the linker, and the client libraries compiled. It is made from
the Go toolchain on PATH, in brokerlab's own source folder, and kept in the cache.`
}

// Run makes the pack if it is not there, and says where it is.
func (p *packCmd) Run(ctx context.Context, c *console) error {
	cache, err := cacheDir(c.root.Cache)
	if err != nil {
		return err
	}
	pack, err := openPack(ctx, c, cache)
	if err != nil {
		return fault(err)
	}
	fmt.Fprintf(c.out, "Compiler pack for %s: %d packages, %d MB, %s\n", pack.GoVersion(), pack.Packages(), pack.Size()>>20, pack.Dir)
	if p.Write == "" {
		return nil
	}
	return fault(writePack(pack, p.Write))
}

// writePack writes the pack's archive to a file, whole or not at all.
func writePack(pack *build.Pack, name string) error {
	part := name + ".part"
	f, err := os.Create(part)
	if err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	if err := errors.Join(pack.WriteArchive(f), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write the pack: %w", err), os.Remove(part))
	}
	return os.Rename(part, name)
}

type doctorCmd struct{}

// Help is shown by brokerlab doctor --help.
func (doctorCmd) Help() string {
	return `The doctor starts a program just as a student's is started, and has it attack its sandbox:
read files, dial out, start processes, use up memory. It exits with 0 when every attack is
refused (level A), and with 1 when this machine's isolation is weaker.`
}

// Run prints what the machine can do.
func (doctorCmd) Run(ctx context.Context, c *console) error {
	cache, err := cacheDir(c.root.Cache)
	if err != nil {
		return err
	}
	sb, err := sandbox.New(sandbox.Options{Cache: cache, Log: newLog(c.err)})
	if err != nil {
		return fault(err)
	}
	defer sb.Close()
	report := sb.Doctor(ctx)
	fmt.Fprint(c.out, report)
	if pack, err := openPack(ctx, c, cache); err != nil {
		fmt.Fprintf(c.out, "Compiler pack: none. %v\n", err)
	} else {
		fmt.Fprintf(c.out, "Compiler pack: %s, %d packages, %d MB\n", pack.GoVersion(), pack.Packages(), pack.Size()>>20)
	}
	if report.Level != sandbox.LevelA {
		return &exit{code: exitFail}
	}
	return nil
}
