package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// packLayout is the version of a pack's folder; an older one is made afresh.
const packLayout = 1

// A Pack is a folder with all that it takes to compile a program:
//
//	bin/compile, bin/link   the toolchain's own commands
//	pkg/NNN.a               an archive for each package, numbered in the order of import paths
//	importcfg               "packagefile PATH=pkg/NNN.a" lines, relative to the folder
//	allow.json              the packages that a program may import
//	pack.json               what the pack was made from; written last, so a pack without it is not complete
//
// Nothing in it changes once it has its name.
type Pack struct {
	Dir   string    // absolute
	Allow []Package // sorted by path
	info  packInfo
}

// packInfo is pack.json.
type packInfo struct {
	Layout    int       `json:"layout"`
	GoVersion string    `json:"go"`     // "go1.26.8"
	Platform  string    `json:"for"`    // "linux/amd64"
	Inputs    string    `json:"inputs"` // hash of what it was made from
	Lang      string    `json:"lang"`   // "go1.26", what the checker and compile are told
	Packages  int       `json:"packages"`
	Bytes     int64     `json:"bytes"`
	Made      time.Time `json:"made"`
}

// ID is different for packs that could make different programs.
func (p *Pack) ID() string { return filepath.Base(p.Dir) }

// GoVersion is the toolchain's, such as "go1.26.8".
func (p *Pack) GoVersion() string { return p.info.GoVersion }

// Size is the bytes of all files in the pack.
func (p *Pack) Size() int64 { return p.info.Bytes }

// Packages is how many archives the pack holds.
func (p *Pack) Packages() int { return p.info.Packages }

// OpenPack opens the pack in cache that was made or asked for last. It gives
// ErrNoPack when there is none for this machine.
func OpenPack(cache string) (*Pack, error) {
	names, err := filepath.Glob(filepath.Join(cache, "pack-*", "pack.json"))
	if err != nil {
		return nil, fmt.Errorf("look for packs in %s: %w", cache, err)
	}
	var newest string
	var when time.Time
	for _, name := range names {
		if strings.Contains(filepath.Base(filepath.Dir(name)), tempMark) {
			continue
		}
		if st, err := os.Stat(name); err == nil && st.ModTime().After(when) {
			newest, when = name, st.ModTime()
		}
	}
	if newest == "" {
		return nil, fmt.Errorf("%w in %s: run make", ErrNoPack, cache)
	}
	return openDir(filepath.Dir(newest))
}

// openDir opens the pack in one folder.
func openDir(dir string) (*Pack, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open pack: %w", err)
	}
	p := &Pack{Dir: dir}
	if err := readJSON(filepath.Join(dir, "pack.json"), &p.info); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w in %s", ErrNoPack, dir)
		}
		return nil, fmt.Errorf("open pack: %w", err)
	}
	if here := platform(); p.info.Layout != packLayout || p.info.Platform != here {
		return nil, fmt.Errorf("%w for %s: %s is of layout %d for %s, want layout %d: run make",
			ErrNoPack, here, dir, p.info.Layout, p.info.Platform, packLayout)
	}
	if err := readJSON(filepath.Join(dir, "allow.json"), &p.Allow); err != nil {
		return nil, fmt.Errorf("open pack: %w", err)
	}
	return p, nil
}

// platform is what a pack's commands run on and make programs for.
func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// tool is the path of one of the pack's commands.
func (p *Pack) tool(name string) string { return filepath.Join(p.Dir, "bin", name+exeSuffix) }

// archives maps each import path of the pack to its archive.
func (p *Pack) archives() (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(p.Dir, "importcfg"))
	if err != nil {
		return nil, fmt.Errorf("read the pack's import config: %w", err)
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		path, file, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "packagefile "), "=")
		if ok {
			files[path] = filepath.Join(p.Dir, filepath.FromSlash(file))
		}
	}
	return files, nil
}

func readJSON(name string, into any) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
