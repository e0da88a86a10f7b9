package build

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// keepDefault is how many bytes of programs are kept when Options says nothing.
const keepDefault = 2 << 30

// A store keeps linked programs by their hash, each as two files: HASH is the
// program, HASH.json what belongs to it. The program gets its name last, so one
// that is there is complete.
type store struct {
	dir  string
	keep int64
	mu   sync.Mutex // held while old programs are removed
}

// stored is HASH.json.
type stored struct {
	Calls []string `json:"calls"`
}

// key is the hash of all that decides what a program is.
func key(pack *Pack, files []File) string {
	h := sha256.New()
	fmt.Fprintf(h, "build %s\npack %s\n", Version, pack.ID())
	for _, f := range files {
		fmt.Fprintf(h, "%d %s\n%d\n%s", len(f.Name), f.Name, len(f.Text), f.Text)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// find gives the program of a hash and notes that it was used.
func (s *store) find(hash string) (*Binary, bool) {
	path := filepath.Join(s.dir, hash)
	now := time.Now()
	if err := os.Chtimes(path, now, now); err != nil {
		return nil, false
	}
	var about stored
	if err := readJSON(path+".json", &about); err != nil {
		return nil, false // made afresh
	}
	return &Binary{Path: path, Hash: hash, Calls: about.Calls, Cached: true}, true
}

// put keeps a program.
func (s *store) put(hash string, program []byte, calls []string) (*Binary, error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("keep program: %w", err)
	}
	about, err := json.Marshal(stored{Calls: calls})
	if err != nil {
		return nil, fmt.Errorf("keep program: %w", err)
	}
	path := filepath.Join(s.dir, hash)
	if err := s.write(path+".json", about, 0o444); err != nil {
		return nil, fmt.Errorf("keep program: %w", err)
	}
	if err := s.write(path, program, 0o555); err != nil {
		return nil, fmt.Errorf("keep program: %w", err)
	}
	s.trim(hash)
	return &Binary{Path: path, Hash: hash, Calls: calls}, nil
}

// write makes a file that has its name only when it is complete. No process is
// started while it is open for writing: a child that had inherited it would keep
// the kernel from executing it ("text file busy").
func (s *store) write(path string, text []byte, mode fs.FileMode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	f, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// trim removes the programs that were not used for the longest time until the
// rest fits, and what a killed write left behind. It never removes the one that
// was made just now.
func (s *store) trim(newest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		if strings.HasPrefix(e.Name(), "new-") && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(s.dir, e.Name()))
			continue
		}
		total += info.Size()
		if filepath.Ext(e.Name()) == "" {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	for _, f := range files {
		if total <= s.keep {
			return
		}
		if f.Name() != newest {
			total -= f.Size()
			_ = os.Remove(filepath.Join(s.dir, f.Name()))
			_ = os.Remove(filepath.Join(s.dir, f.Name()+".json"))
		}
	}
}
