package course

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/brokerlab/brokerlab/labs"
)

// settle is how long after a change a folder is read again: editors save a file
// in several steps. What changes later is read again later.
const settle = 60 * time.Millisecond

// A Live course is the built-in one with an author's folder over it, read again
// whenever that folder changes.
type Live struct {
	dir    string // "" for the built-in course alone
	labs   Catalogue
	course atomic.Pointer[Course]
}

// Open loads the built-in course, with the folder dir over it unless dir is "".
func Open(dir string, labs Catalogue) (*Live, []Finding) {
	l := &Live{dir: dir, labs: labs}
	return l, l.reload()
}

// Course is the course as it is now.
func (l *Live) Course() *Course { return l.course.Load() }

func (l *Live) reload() []Finding {
	c, found := Load(l.files(), l.labs)
	l.course.Store(c)
	return found
}

func (l *Live) files() fs.FS {
	if l.dir == "" {
		return Content
	}
	return labs.Overlay(os.DirFS(l.dir), Content)
}

// Watch reloads the course when its folder changes and then calls changed with
// the files that did, relative to the folder, and with everything that is wrong
// with them. It returns when ctx ends, at once when there is no folder.
func (l *Live) Watch(ctx context.Context, changed func(files []string, found []Finding)) error {
	if l.dir == "" {
		return nil
	}
	return Watch(ctx, l.dir, func(files []string) {
		l.reload()
		changed(files, about(Lint(l.files(), l.labs), files))
	})
}

// about are the findings in some files.
func about(found []Finding, files []string) []Finding {
	return slices.DeleteFunc(found, func(f Finding) bool { return !slices.Contains(files, f.File) })
}

// Watch calls changed with the files that changed below dir, slash-separated and
// relative to it, those of a moment together. It returns when ctx
// ends; any error is about dir.
func Watch(ctx context.Context, dir string, changed func(files []string)) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %q: %w", dir, err)
	}
	defer func() { _ = w.Close() }() // nothing can be done about it
	if err := addFolders(w, dir); err != nil {
		return err
	}
	files := make(map[string]bool)
	rest := time.NewTimer(settle)
	rest.Stop()
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			return fmt.Errorf("watch %q: %w", dir, err)
		case ev := <-w.Events:
			if name, ok := changedFile(w, dir, ev); ok {
				if len(files) == 0 {
					rest.Reset(settle)
				}
				files[name] = true
			}
		case <-rest.C:
			changed(slices.Sorted(maps.Keys(files)))
			clear(files)
		}
	}
}

// changedFile is the name of the file that an event is about. A new folder is watched from now on.
func changedFile(w *fsnotify.Watcher, dir string, ev fsnotify.Event) (string, bool) {
	if ev.Op == fsnotify.Chmod {
		return "", false
	}
	if info, err := os.Stat(ev.Name); err == nil && info.IsDir() && ev.Has(fsnotify.Create) {
		_ = addFolders(w, ev.Name) // it may be gone again already
	}
	name, err := filepath.Rel(dir, ev.Name)
	if err != nil {
		return "", false
	}
	return filepath.ToSlash(name), true
}

// addFolders watches a folder and all below it; fsnotify watches one at a time.
func addFolders(w *fsnotify.Watcher, dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return w.Add(path)
	})
	if err != nil {
		return fmt.Errorf("watch %q: %w", dir, err)
	}
	return nil
}
