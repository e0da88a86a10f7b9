package labs

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// Overlay returns a file tree in which files of upper hide those of lower with
// the same name, and folders are merged. A nil upper is no layer at all.
func Overlay(upper, lower fs.FS) fs.FS {
	if upper == nil {
		return lower
	}
	return overlay{upper, lower}
}

type overlay struct{ upper, lower fs.FS }

// Open opens the upper file, or the lower one where there is none above it.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.upper.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.lower.Open(name)
	}
	return f, err
}

// ReadFile reads the upper file, or the lower one where there is none above it. Upper
// texts are an author's own, and so may have been written on Windows: see plain.
func (o overlay) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(o.upper, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fs.ReadFile(o.lower, name)
	}
	return plain(b), err
}

// plain gives a text without the byte order mark and the carriage returns that some
// editors put in, and neither Markdown's front matter nor the first line of an attempt
// may have. What is no text is left as it is.
func plain(b []byte) []byte {
	if bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b) {
		return b
	}
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
}

// ReadDir lists what either layer has in a folder, by name.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	above, errAbove := fs.ReadDir(o.upper, name)
	if errAbove != nil && !errors.Is(errAbove, fs.ErrNotExist) {
		return nil, errAbove
	}
	below, errBelow := fs.ReadDir(o.lower, name)
	if errAbove != nil && errBelow != nil {
		return nil, errBelow
	}
	for _, entry := range below {
		hidden := slices.ContainsFunc(above, func(e fs.DirEntry) bool { return e.Name() == entry.Name() })
		if !hidden {
			above = append(above, entry)
		}
	}
	slices.SortFunc(above, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return above, nil
}
