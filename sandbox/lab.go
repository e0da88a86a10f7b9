package sandbox

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

//go:embed all:embedded
var embedded embed.FS

// ErrNoLab is returned by New when the lab command was not built.
var ErrNoLab = errors.New("this brokerlab was built without its lab command: run make")

// Command is the path of the lab command. A program of a lab host that is one of its
// roles, such as a console, is started from it.
func (s *Sandbox) Command() string { return s.lab }

// labCommand gives the path of the lab command: the one named, or the embedded
// one, which is unpacked once into the cache.
func labCommand(o Options) (string, error) {
	if o.Lab == "" {
		return unpack(o.Cache)
	}
	if _, err := os.Stat(o.Lab); err != nil {
		return "", fmt.Errorf("lab command: %w", err)
	}
	return o.Lab, nil
}

// unpack writes the embedded lab command under a name made from its hash, unless
// it is there, and gives its path. It appears whole or not at all.
func unpack(cache string) (string, error) {
	b, err := embedded.ReadFile("embedded/brokerlab-lab")
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNoLab
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, fmt.Sprintf("brokerlab-lab-%x", sha256.Sum256(b))[:30])
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(b)) {
		return path, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("unpack the lab command: %w", err)
	}
	if err := place(path, b); err != nil {
		return "", fmt.Errorf("unpack the lab command: %w", err)
	}
	forget(cache, path)
	return path, nil
}

// What stays in the cache of older builds' lab commands: a server that still runs
// may start hosts from one.
const (
	keptLabs = 3
	keptFor  = 24 * time.Hour
)

// forget removes the lab commands of older builds, but for the newest few and those
// of the last day.
func forget(cache, newest string) {
	old, _ := filepath.Glob(filepath.Join(cache, "brokerlab-lab-*")) // the pattern is right
	age := make(map[string]time.Time, len(old))
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && path != newest && time.Since(info.ModTime()) > keptFor {
			age[path] = info.ModTime()
		}
	}
	paths := slices.SortedFunc(maps.Keys(age), func(a, b string) int { return age[b].Compare(age[a]) })
	for _, path := range paths[min(keptLabs-1, len(paths)):] {
		_ = os.Remove(path) // it can be made again
	}
}

// place writes an executable file in one step.
func place(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".brokerlab-lab-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // only there when something failed
	_, err = f.Write(b)
	// Executable for others: below root, hosts run as nobody.
	err = errors.Join(err, f.Chmod(0o755), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
