package course

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long after a change a folder is read again: editors save a file
// in several steps. What changes later is read again later.
const settle = 60 * time.Millisecond

// Watch calls changed with the files that changed below dir, slash-separated and
// relative to it, those of a moment together. It returns nil when ctx ends; any
// error is about dir.
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
