package build

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"hash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// modulePath is our own module's; packages below it are hashed by their source.
const modulePath = "github.com/brokerlab/brokerlab"

// A toolchain is the go command that makes a pack, as it sees one module.
type toolchain struct {
	command string // the go command
	module  string // folder of go.mod
	version string // "go1.26.8"
	dir     string // folder of compile and link
}

// listed is one package as go list tells it.
type listed struct {
	ImportPath string
	Name       string
	Export     string // archive in the build cache
	Standard   bool
}

// findToolchain asks the go command on PATH who it is.
func findToolchain(ctx context.Context, moduleDir string) (toolchain, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return toolchain{}, fmt.Errorf("make pack: no go command on PATH; install Go 1.26 or newer from https://go.dev/dl: %w", err)
	}
	t := toolchain{command: command, module: moduleDir}
	out, err := t.run(ctx, nil, "env", "GOVERSION", "GOTOOLDIR")
	if err != nil {
		return toolchain{}, err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 2 {
		return toolchain{}, fmt.Errorf("make pack: go env printed %q, want a version and a folder", out)
	}
	t.version, t.dir = goVersion.FindString(lines[0]), strings.TrimSpace(lines[1])
	if t.version == "" {
		return toolchain{}, fmt.Errorf("make pack: go env says version %q, want one such as go1.26", lines[0])
	}
	return t, nil
}

// goVersion finds go1.26, its lang, go1.26.8 or go1.27rc1 in what GOVERSION says.
var goVersion = regexp.MustCompile(`(go1\.[0-9]+)[0-9A-Za-z.]*`)

// lang is the language version of the toolchain, "go1.26" for "go1.26.8".
func (t toolchain) lang() string { return goVersion.FindStringSubmatch(t.version)[1] }

// run runs the go command in the module and gives what it printed. Each line
// on its stderr goes to line, which may be nil.
func (t toolchain) run(ctx context.Context, line func(string), args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.command, args...)
	cmd.Dir = t.module
	cmd.Env = cleanEnv(os.Environ())
	var out bytes.Buffer
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	said := scanLines(stderr, line)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("make pack: %w", ctx.Err())
		}
		return nil, goError(args, said, err)
	}
	return out.Bytes(), nil
}

// cleanEnv takes away what would make archives for another machine or of
// another kind than compile makes with an empty environment.
func cleanEnv(env []string) []string {
	kept := slices.DeleteFunc(env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFLAGS", "GOWORK", "CGO_ENABLED", "GODEBUG", "GOGC":
			return true
		}
		return false
	})
	return append(kept, "CGO_ENABLED=0", "GOWORK=off")
}

// scanLines hands each line to fn and gives the last few kilobytes back.
func scanLines(r io.Reader, fn func(string)) string {
	const keep = 4 << 10
	var said []byte
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if fn != nil {
			fn(lines.Text())
		}
		said = append(append(said, lines.Bytes()...), '\n')
		if len(said) > 2*keep {
			said = said[len(said)-keep:]
		}
	}
	_, _ = io.Copy(io.Discard, r) // after a line too long for the scanner
	return strings.TrimSpace(string(said))
}

// goError explains why the go command failed.
func goError(args []string, said string, err error) error {
	for _, mark := range []string{"dial tcp", "no such host", "i/o timeout", "module lookup disabled", "connection refused", "TLS handshake"} {
		if strings.Contains(said, mark) {
			return fmt.Errorf("make pack: the client libraries are not in the module cache and could not be downloaded; "+
				"connect to the network once and run make again: %w\n%s", err, said)
		}
	}
	if strings.Contains(said, "no space left") {
		return fmt.Errorf("make pack: no room left for Go's build cache: %w\n%s", err, said)
	}
	return fmt.Errorf("make pack: go %s: %w\n%s", args[0], err, said)
}

// export compiles every package of a pack and tells where the archives are.
func (t toolchain) export(ctx context.Context, progress func(done, total int, what string)) ([]listed, error) {
	out, err := t.run(ctx, nil, "list", "std")
	if err != nil {
		return nil, err
	}
	roots := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool { return !allowedStd(p) })
	roots = append(append(roots, Clients...), lockdownPath)
	out, err = t.run(ctx, nil, append([]string{"list", "-deps"}, roots...)...)
	if err != nil {
		return nil, err
	}
	total, done := bytes.Count(out, []byte("\n")), 0
	progress(0, total, "")
	args := []string{"list", "-export", "-deps", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", "-v",
		"-json=ImportPath,Name,Export,Standard"}
	out, err = t.run(ctx, func(line string) {
		if !strings.ContainsAny(line, " :") { // -v prints the path of each package that it compiles
			done = min(done+1, total)
			progress(done, total, line)
		}
	}, append(args, roots...)...)
	if err != nil {
		return nil, err
	}
	progress(total, total, "compiled")
	return decodeList(out)
}

// decodeList reads go list's stream of objects and keeps those with an archive.
func decodeList(out []byte) ([]listed, error) {
	var packages []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("make pack: read go list: %w", err)
		}
		if p.Export != "" {
			packages = append(packages, p)
		}
	}
	sortListed(packages)
	return packages, nil
}

// hashInputs is a hash of everything that decides what is in a pack: the
// toolchain, the versions of the modules, the allow-list, and the source of our
// own packages that go into it.
func hashInputs(moduleDir string, t toolchain) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "layout %d\n%s %s\n%s\n", packLayout, t.version, platform(), strings.Join(Clients, "\n"))
	st, err := os.Stat(filepath.Join(t.dir, "compile"+exeSuffix))
	if err != nil {
		return "", fmt.Errorf("the toolchain %s has no compiler: %w", t.version, err)
	}
	fmt.Fprintf(h, "compile %d\n", st.Size())
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(moduleDir, name))
		if err != nil {
			return "", fmt.Errorf("this is not the folder of a module: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	if err := hashOwn(h, moduleDir, lockdownPath, map[string]bool{}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// hashOwn adds the files of one of our packages and of those of ours that it imports.
func hashOwn(h hash.Hash, moduleDir, path string, seen map[string]bool) error {
	if seen[path] {
		return nil
	}
	seen[path] = true
	dir := filepath.Join(moduleDir, filepath.FromSlash(strings.TrimPrefix(path, modulePath)))
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			if st, serr := os.Stat(name); serr == nil && st.IsDir() || errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return err
		}
		fmt.Fprintf(h, "%s %s %d\n%s", path, filepath.Base(name), len(text), text)
		for _, next := range ownImports(name, text) {
			if err := hashOwn(h, moduleDir, next, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownImports lists the packages of our own module that a Go file imports.
func ownImports(name string, text []byte) []string {
	if !strings.HasSuffix(name, ".go") {
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return nil // go list will say what is wrong with it
	}
	var own []string
	for _, spec := range f.Imports {
		if path := strings.Trim(spec.Path.Value, `"`); strings.HasPrefix(path, modulePath+"/") {
			own = append(own, path)
		}
	}
	return own
}
