package brokerlab

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMapsAreTrue: a package comment that lists the files of its folder lists all of them,
// and none that is gone. The files of one system go with the others of their name: start.go
// stands for start_linux.go.
func TestMapsAreTrue(t *testing.T) {
	file := regexp.MustCompile(`[a-z0-9_*]+\.go\b`)
	maps := 0
	for _, pkg := range list(t) {
		dir := filepath.FromSlash(strings.TrimPrefix(pkg.ImportPath+"/", module))
		comment, home := packageComment(t, dir)
		named := file.FindAllString(comment, -1)
		if len(named) < 3 {
			continue // no map: the folder is small
		}
		maps++
		there, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range there {
			name := filepath.Base(path)
			if name == home || strings.HasSuffix(name, "_test.go") || listed(named, name) {
				continue
			}
			t.Errorf("%s is not in the map of its package, in %s", path, home)
		}
		for _, name := range named {
			if !exists(t, dir, name) {
				t.Errorf("%s: the map names %s, which is not there", filepath.Join(dir, home), name)
			}
		}
	}
	if maps < 20 {
		t.Errorf("only %d packages have a map: is the pattern still theirs?", maps)
	}
}

// packageComment is what stands before the package clause of the file that says what the
// package is.
func packageComment(t *testing.T, dir string) (comment, home string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := strings.Cut("\n"+string(raw), "\npackage ")
		if i := strings.Index(before, "\n// Package "); i >= 0 {
			return before[i:], filepath.Base(path)
		}
		if i := strings.Index(before, "\n// Command "); i >= 0 {
			return before[i:], filepath.Base(path)
		}
	}
	return "", ""
}

// system is the end of a file's name that says where it is compiled.
var system = regexp.MustCompile(`_(linux|unix|windows|other)\.go$`)

// listed reports whether a map names a file: by its name, by that of its twin on another
// system, or by a pattern.
func listed(named []string, name string) bool {
	general := system.ReplaceAllString(name, ".go")
	for _, n := range named {
		if ok, _ := filepath.Match(n, name); ok || n == general || system.ReplaceAllString(n, ".go") == general {
			return true
		}
	}
	return false
}

// exists reports whether there is a file that a map names, in the folder or in one below.
func exists(t *testing.T, dir, name string) bool {
	t.Helper()
	for _, pattern := range []string{name, strings.TrimSuffix(name, ".go") + "_*.go", filepath.Join("*", name)} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return true
		}
	}
	return false
}
