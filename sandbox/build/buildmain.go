package build

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// generated is the file that every program is compiled with. Importing lockdown
// shuts the program in before its own first line.
const generated = `package main

import "` + lockdownPath + `"

func brokerlabAt(line, call int32) { lockdown.At(line, call) }
`

// toolMemory is what compile or link may use before they collect garbage. Most
// programs end below it, so most builds collect none, which saves a fifth.
const toolMemory = "GOMEMLIMIT=700MiB"

// An order is what the builder is asked to make.
type order struct {
	Files []File `json:"files"` // instrumented, sorted by name
	Lang  string `json:"lang"`
}

// A product is the builder's answer. Size bytes of the program follow it.
type product struct {
	Failed string `json:"failed,omitempty"` // "compile" or "link" when the tool refused, or failedSize
	Said   string `json:"said,omitempty"`   // what it printed
	Size   int64  `json:"size"`
	Error  string `json:"error,omitempty"` // ours
}

// failedSize says that the program is over maxBinary.
const failedSize = "size"

// BuildMain is the builder: brokerlab-lab build. It reads one order from its
// stdin, answers on its stdout with the program, and gives its exit code. When
// stdin ends before that its parent is gone, and it gives up.
func BuildMain() int {
	if err := buildOne(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 3
	}
	return 0
}

func buildOne() error {
	pack, err := confine("build")
	if err != nil {
		return err
	}
	var o order
	in := bufio.NewReader(os.Stdin)
	if err := frames.Read(in, &o); err != nil {
		if errors.Is(err, io.EOF) {
			return nil // it was not needed
		}
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = in.ReadByte()
		cancel()
	}()
	b := builder{pack: pack, dir: os.TempDir(), generated: generated}
	return b.deliver(ctx, o, os.Stdout)
}

// A builder compiles and links one program in its folder.
type builder struct {
	pack      *Pack
	dir       string
	generated string // the file that is added to every program
}

// deliver builds the program and writes the answer and the program to w.
func (b builder) deliver(ctx context.Context, o order, w io.Writer) error {
	p, err := b.build(ctx, o)
	if err != nil {
		p = product{Error: err.Error()}
	}
	if p.Failed != "" || p.Error != "" {
		return frames.Write(w, p)
	}
	f, err := os.Open(filepath.Join(b.dir, "program"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if p.Size = st.Size(); p.Size > maxBinary {
		return frames.Write(w, product{Failed: failedSize})
	}
	if err := frames.Write(w, p); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

func (b builder) build(ctx context.Context, o order) (product, error) {
	o.Files = append(slices.Clone(o.Files), File{Name: generatedName, Text: b.generated})
	var names []string
	for _, f := range o.Files {
		if !saneName(f.Name) {
			return product{}, fmt.Errorf("file name %q in an order", f.Name)
		}
		if err := os.WriteFile(filepath.Join(b.dir, f.Name), []byte(f.Text), 0o600); err != nil {
			return product{}, err
		}
		names = append(names, f.Name)
	}
	config, err := b.writeConfig()
	if err != nil {
		return product{}, err
	}
	compile := append([]string{"-p", "main", "-complete", "-pack", "-importcfg", config, "-trimpath", b.dir + "=>", "-lang=" + o.Lang,
		"-l", "-dwarf=false", "-nolocalimports", "-o", "main.a"}, names...)
	if said, err := b.run(ctx, "compile", compile); err != nil || said != "" {
		return product{Failed: "compile", Said: said}, err
	}
	link := []string{"-importcfg", config, "-s", "-w", "-buildid=", "-o", "program", "main.a"}
	if said, err := b.run(ctx, "link", link); err != nil || said != "" {
		return product{Failed: "link", Said: said}, err
	}
	return product{}, nil
}

// writeConfig writes the pack's import config with full paths.
func (b builder) writeConfig() (string, error) {
	archives, err := b.pack.archives()
	if err != nil {
		return "", err
	}
	var config bytes.Buffer
	for path, file := range archives {
		fmt.Fprintf(&config, "packagefile %s=%s\n", path, file)
	}
	name := filepath.Join(b.dir, "importcfg")
	return name, os.WriteFile(name, config.Bytes(), 0o600)
}

// run runs one of the pack's tools. It gives what the tool printed when it
// refused the program, and an error when it could not be run at all.
func (b builder) run(ctx context.Context, tool string, args []string) (said string, err error) {
	const most = 64 << 10
	cmd := exec.CommandContext(ctx, b.pack.tool(tool), args...)
	cmd.Dir = b.dir
	cmd.Env = []string{"GOGC=off", toolMemory, "TMPDIR=" + b.dir, "HOME=" + b.dir, "PWD=" + b.dir}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &exit):
		out = append(out[:min(len(out), most)], []byte("\n"+tool+": "+exit.Error())...)
		return string(out), nil
	case err != nil:
		return "", fmt.Errorf("run %s: %w", tool, err)
	}
	return "", nil
}
