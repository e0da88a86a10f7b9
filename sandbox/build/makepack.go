package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// tempMark is in the name of a pack that is being made.
const tempMark = ".making-"

// MakePack opens the pack in cache that belongs to the go command on PATH and
// to the module in moduleDir, and makes it first if it is not there. progress,
// which may be nil, is told how many of the packages are compiled and which one
// was last. An unchanged pack is opened in milliseconds. Two calls at once, from
// any processes, make it once; a call that is killed leaves nothing that looks
// like a pack.
func MakePack(ctx context.Context, moduleDir, cache string, progress func(done, total int, what string)) (*Pack, error) {
	if progress == nil {
		progress = func(int, int, string) {}
	}
	tool, err := findToolchain(ctx, moduleDir)
	if err != nil {
		return nil, err
	}
	inputs, err := hashInputs(moduleDir, tool)
	if err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	dir := filepath.Join(cache, "pack-"+tool.version+"-"+inputs[:12])
	if p, err := reopen(dir); err == nil {
		return p, nil
	}
	unlock, err := lockFile(ctx, filepath.Join(cache, "pack.lock"))
	if err != nil {
		return nil, fmt.Errorf("make pack: %w", err)
	}
	defer unlock()
	if p, err := reopen(dir); err == nil { // somebody else made it while we waited
		return p, nil
	}
	removeUnfinished(cache)
	packages, err := tool.export(ctx, progress)
	if err != nil {
		return nil, err
	}
	info := packInfo{Layout: packLayout, GoVersion: tool.version, Platform: platform(), Inputs: inputs, Lang: tool.lang()}
	if err := writePack(ctx, dir, tool, packages, info, progress); err != nil {
		return nil, roomError(cache, err)
	}
	removeOld(cache, dir)
	return openDir(dir)
}

// reopen opens a pack that is there and makes it the newest one.
func reopen(dir string) (*Pack, error) {
	p, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if err := os.Chtimes(filepath.Join(dir, "pack.json"), now, now); err != nil {
		return nil, fmt.Errorf("open pack: %w", err)
	}
	return p, nil
}

// removeUnfinished clears away what killed calls have left. The caller holds
// the lock, so nobody is at work in one of them.
func removeUnfinished(cache string) {
	left, _ := filepath.Glob(filepath.Join(cache, "pack-*"+tempMark+"*"))
	for _, dir := range left {
		_ = os.RemoveAll(dir) // the next call tries again
	}
}

// packsKept is how many packs stay in a cache besides the newest, such as that
// of another branch. One that was asked for within the hour stays too: its
// server may still run.
const packsKept = 1

// removeOld removes the packs that were not asked for lately. The caller holds
// the lock.
func removeOld(cache, newest string) {
	infos, _ := filepath.Glob(filepath.Join(cache, "pack-*", "pack.json"))
	used := make(map[string]time.Time, len(infos))
	infos = slices.DeleteFunc(infos, func(name string) bool {
		st, err := os.Stat(name)
		if err == nil {
			used[name] = st.ModTime()
		}
		return err != nil || filepath.Dir(name) == newest
	})
	slices.SortFunc(infos, func(a, b string) int { return used[b].Compare(used[a]) })
	for i, name := range infos {
		if i < packsKept || time.Since(used[name]) < time.Hour {
			continue
		}
		if os.Remove(name) == nil { // first, so that it is no pack any more
			_ = os.RemoveAll(filepath.Dir(name))
		}
	}
}

// writePack fills a folder beside dir and renames it to dir when it is complete.
func writePack(ctx context.Context, dir string, tool toolchain, packages []listed, info packInfo, progress func(int, int, string)) error {
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+tempMark)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }() // nothing is left of it after the rename
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	w := packWriter{dir: temp}
	for _, name := range []string{"compile", "link"} {
		w.copy(filepath.Join(tool.dir, name+exeSuffix), filepath.Join("bin", name+exeSuffix), 0o755)
	}
	var config strings.Builder
	var allow []Package
	for i, p := range packages {
		if err := ctx.Err(); err != nil {
			return err
		}
		file := fmt.Sprintf("pkg/%03d.a", i)
		w.copy(p.Export, filepath.FromSlash(file), 0o644)
		fmt.Fprintf(&config, "packagefile %s=%s\n", p.ImportPath, file)
		if p.importable() {
			allow = append(allow, Package{Path: p.ImportPath, Name: p.Name})
		}
		if i%64 == 0 {
			progress(len(packages), len(packages), "copying")
		}
	}
	w.write("importcfg", []byte(config.String()))
	w.writeJSON("allow.json", allow)
	info.Packages, info.Bytes, info.Made = len(packages), w.bytes, time.Now().UTC().Truncate(time.Second)
	w.writeJSON("pack.json", info)
	if w.err != nil {
		return w.err
	}
	return replaceDir(temp, dir)
}

// replaceDir renames temp to dir, in place of something incomplete of that name.
func replaceDir(temp, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(temp, dir)
}

// A packWriter writes files below dir, counts their bytes, and stops at the
// first error.
type packWriter struct {
	dir   string
	bytes int64
	err   error
}

func (w *packWriter) create(name string, mode os.FileMode) *os.File {
	name = filepath.Join(w.dir, name)
	if w.err = os.MkdirAll(filepath.Dir(name), 0o755); w.err != nil {
		return nil
	}
	var f *os.File
	f, w.err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	return f
}

func (w *packWriter) copy(from, to string, mode os.FileMode) {
	if w.err != nil {
		return
	}
	src, err := os.Open(from)
	if err != nil {
		w.err = err
		return
	}
	defer func() { _ = src.Close() }()
	dst := w.create(to, mode)
	if w.err != nil {
		return
	}
	n, err := io.Copy(dst, src)
	w.bytes += n
	w.err = errors.Join(err, dst.Close())
}

func (w *packWriter) write(name string, text []byte) {
	if w.err != nil {
		return
	}
	f := w.create(name, 0o644)
	if w.err != nil {
		return
	}
	n, err := f.Write(text)
	w.bytes += int64(n)
	w.err = errors.Join(err, f.Close())
}

func (w *packWriter) writeJSON(name string, v any) {
	text, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		w.err = err
		return
	}
	w.write(name, append(text, '\n'))
}

// roomError says in plain words that the disk is full, if that is the cause.
func roomError(cache string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("make pack: no room left in %s, the pack needs about 400 MiB: %w", cache, err)
	}
	return fmt.Errorf("make pack in %s: %w", cache, err)
}

// importable reports whether a student's program may import the package.
func (p listed) importable() bool {
	return isClient(p.ImportPath) || p.Standard && allowedStd(p.ImportPath)
}

// sortListed puts packages in the order of their paths.
func sortListed(packages []listed) {
	slices.SortFunc(packages, func(a, b listed) int { return strings.Compare(a.ImportPath, b.ImportPath) })
}
