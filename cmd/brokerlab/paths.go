package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/labs"
	terminal "github.com/brokerlab/brokerlab/sandbox/console"
)

// sourceLimit is how many bytes a program that is read from disk may have; the
// grader has its own, smaller one.
const sourceLimit = 1 << 20

// dataDir returns where work is kept: the flag, else the user's data folder.
func dataDir(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	home, err := os.UserHomeDir()
	switch {
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "brokerlab"), nil
	case runtime.GOOS == "windows" && os.Getenv("LOCALAPPDATA") != "":
		return filepath.Join(os.Getenv("LOCALAPPDATA"), "brokerlab"), nil
	case err != nil || home == "" || home == "/":
		return "", usage("there is no home folder to keep your work in: say where with --data DIR")
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support", "brokerlab"), nil
	}
	return filepath.Join(home, ".local", "share", "brokerlab"), nil
}

// cacheDir returns where the pack and built programs are. All of it can be made
// again.
func cacheDir(flag string) (string, error) {
	if flag != "" {
		return flag, temporary(flag)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", usage("there is no cache folder: say where with --cache DIR")
	}
	dir = filepath.Join(dir, "brokerlab")
	return dir, temporary(dir)
}

// temporary has temporary files made in the cache where the system has no folder for
// them, as in a root that holds little but this program.
func temporary(cache string) error {
	if _, err := os.Stat(os.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	dir := filepath.Join(cache, "tmp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("a folder for temporary files: %w", err)
	}
	return os.Setenv("TMPDIR", dir)
}

// lang returns the language to speak: the flag, else the environment's.
func (c *commands) lang() string {
	if c.Lang != "" {
		return c.Lang
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "ru") {
				return "ru"
			}
			return "en"
		}
	}
	return "en"
}

// session is the file of a lab that is worked at a terminal.
const session = "session.txt"

// needCommands refuses a session of a terminal in which there is nothing to run.
func needCommands(lab *labs.Lab, path string, files []labs.File) error {
	if !lab.Console() {
		return nil
	}
	for _, f := range files {
		statements, err := terminal.Parse(f.Text)
		if f.Name == session && (err != nil || len(statements) > 0) {
			return nil // what cannot be read is told with its line
		}
	}
	return usage("%s: there are no commands in %s, want one a line, as they are typed in the terminal", path, session)
}

// readProgram reads what is handed in to a lab: one file, or the Go files of a folder; the
// session of a console, or the files of a configuration. Answers to the questions of a lab
// go with it.
func readProgram(path string) ([]labs.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage("read the program: %w", err)
	}
	if !info.IsDir() {
		text, err := readSource(path)
		if err != nil {
			return nil, err
		}
		return []labs.File{{Name: nameOf(filepath.Base(path)), Text: text}}, nil
	}
	var names []string
	for _, pattern := range []string{session, "*.go", labs.AnswersFile} {
		if slices.Contains(names, filepath.Join(path, session)) && pattern == "*.go" {
			continue
		}
		found, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return nil, usage("%s: %w", path, err)
		}
		names = append(names, found...)
	}
	if !slices.ContainsFunc(names, func(name string) bool { return filepath.Base(name) != labs.AnswersFile }) {
		for _, kind := range labs.ConfigKinds { // a configuration
			found, _ := filepath.Glob(filepath.Join(path, "*"+kind)) // the pattern is right
			names = append(names, slices.DeleteFunc(found, func(name string) bool { return slices.Contains(names, name) })...)
		}
	}
	if len(names) == 0 {
		return nil, usage("%s: nothing to hand in here, want main.go, %s for a lab at a terminal, or the files of a lab of files", path, session)
	}
	var files []labs.File
	for _, name := range names {
		text, err := readSource(name)
		if err != nil {
			return nil, err
		}
		files = append(files, labs.File{Name: filepath.Base(name), Text: text})
	}
	return files, nil
}

// asConfig gives a single file that was handed in to a lab of files the name that it has
// there: its own, or that of the lab's only file.
func asConfig(lab *labs.Lab, path string, files []labs.File) []labs.File {
	given := filepath.Base(path)
	if lab.Config() == nil || len(files) != 1 || given == labs.AnswersFile || !slices.Contains(labs.ConfigKinds, filepath.Ext(given)) {
		return files
	}
	if own := lab.Starter(); len(own) == 1 {
		given = own[0].Name
	}
	return []labs.File{{Name: given, Text: files[0].Text}}
}

// nameOf is what a single file is called in labs, by its kind.
func nameOf(given string) string {
	switch filepath.Ext(given) {
	case ".txt":
		return session
	case ".yaml":
		return labs.AnswersFile
	}
	return "main.go"
}

func readSource(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", usage("%s does not exist", path)
	case err != nil:
		return "", usage("read the program: %w", err)
	case info.Size() > sourceLimit:
		return "", usage("%s has %d bytes; a program has at most 64 KiB", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usage("read the program: %w", err)
	}
	return string(text), nil
}
