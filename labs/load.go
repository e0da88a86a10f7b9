package labs

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed all:content
var embedded embed.FS

// Content is the labs that come with the program.
var Content = mustSub(embedded, "content")

func mustSub(fsys fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		panic(err) // only for a name that is no path
	}
	return sub
}

// A Set is all labs of one file tree.
type Set struct {
	labs []*Lab // by id
}

// Lab returns the lab with an id.
func (s *Set) Lab(id string) (*Lab, bool) {
	i, ok := slices.BinarySearchFunc(s.labs, id, func(l *Lab, id string) int { return strings.Compare(l.ID, id) })
	if !ok {
		return nil, false
	}
	return s.labs[i], true
}

// All returns the labs by id.
func (s *Set) All() []*Lab { return slices.Clone(s.labs) }

// Load reads every folder that holds a lab.yaml. Labs that cannot be read are
// left out of the Set and named in the error, each with file and line; the Set
// holds the others and is never nil.
func Load(fsys fs.FS) (*Set, error) {
	set := &Set{}
	ids, err := find(fsys)
	if err != nil {
		return set, err
	}
	var errs []error
	for _, id := range ids {
		lab, findings := read(fsys, id)
		for _, f := range findings {
			errs = append(errs, f)
		}
		if len(findings) == 0 {
			set.labs = append(set.labs, lab)
		}
	}
	return set, errors.Join(errs...)
}

// find returns the folders that are labs, sorted.
func find(fsys fs.FS) ([]string, error) {
	var ids []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Base(name) == "lab.yaml" {
			ids = append(ids, path.Dir(name))
		}
		return err
	})
	slices.Sort(ids)
	return ids, err
}

// read reads one lab. Its findings are what keeps the lab from being used; Lint
// finds the rest.
func read(fsys fs.FS, id string) (*Lab, []Finding) {
	var doc document
	file := path.Join(id, "lab.yaml")
	if findings := decode(fsys, file, &doc); findings != nil {
		return nil, findings
	}
	lab, err := doc.lab(id)
	if err != nil {
		return nil, []Finding{{File: file, Line: 1, Message: err.Error()}}
	}
	findings := lab.readTexts(fsys)
	lab.readOnlyNames = doc.ReadOnly
	findings = append(findings, lab.readFiles(fsys, doc.ReadOnly)...)
	lab.Hash, err = hash(fsys, id)
	if err != nil {
		findings = append(findings, Finding{File: id, Message: err.Error()})
	}
	return lab, findings
}

func (l *Lab) readTexts(fsys fs.FS) []Finding {
	l.texts, l.hints = make(map[string]Text), make(map[string]map[int][]string)
	l.Title = make(map[string]string)
	var all []Finding
	for _, lang := range Languages {
		text, findings := readText(fsys, path.Join(l.ID, "lab."+lang+".md"), lang)
		l.texts[lang], l.Title[lang] = text, text.Title
		all = append(all, findings...)
		hints, findings := readHints(fsys, path.Join(l.ID, "hints."+lang+".md"))
		l.hints[lang] = hints
		all = append(all, findings...)
	}
	return all
}

func (l *Lab) readFiles(fsys fs.FS, readOnly []string) []Finding {
	var findings []Finding
	note := func(dir string, err error) {
		if err != nil {
			findings = append(findings, Finding{File: path.Join(l.ID, dir), Message: err.Error()})
		}
	}
	var err error
	l.starter, err = readFolder(fsys, path.Join(l.ID, "starter"))
	if l.Program() || !errors.Is(err, fs.ErrNotExist) { // a lab of questions begins with nothing
		note("starter", err)
	}
	l.starter = slices.DeleteFunc(l.starter, func(f File) bool { return f.Name == AnswersFile }) // nobody begins with answers
	for i := range l.starter {
		l.starter[i].ReadOnly = slices.Contains(readOnly, l.starter[i].Name)
	}
	solution, err := readFolder(fsys, path.Join(l.ID, "solution"))
	note("solution", err)
	l.solution = l.Complete(solution)
	for i := range l.Checks {
		c := &l.Checks[i]
		if !ownCheck.MatchString(c.Func) {
			continue // lint says so
		}
		raw, err := fs.ReadFile(fsys, path.Join(l.ID, c.Func))
		note("lab.yaml", err)
		c.Source = string(raw)
	}
	wrongs, err := fs.ReadDir(fsys, path.Join(l.ID, "wrong"))
	note("wrong", err)
	for _, entry := range wrongs {
		w, err := l.readWrong(fsys, entry.Name())
		note(path.Join("wrong", entry.Name()), err)
		l.wrong = append(l.wrong, w)
	}
	return findings
}

// ownCheck is what the file of a lab's own check may be called.
var ownCheck = regexp.MustCompile(`^check(_[a-z0-9]+)?\.go$`)

// readFolder reads the files of a folder by name.
func readFolder(fsys fs.FS, dir string) ([]File, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, entry := range entries {
		raw, err := fs.ReadFile(fsys, path.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: entry.Name(), Text: string(raw)})
	}
	return files, nil
}

// buildTag keeps the go tool away from a wrong attempt, which lacks the files
// that it shares with the solution. The student's compiler must not see it.
const buildTag = "//go:build wrong"

// expectFile says what a wrong attempt is caught by, where its files have no comments.
const expectFile = "expect.yaml"

// readWrong reads wrong/<name> and lays it over the solution.
func (l *Lab) readWrong(fsys fs.FS, name string) (Wrong, error) {
	own, err := readFolder(fsys, path.Join(l.ID, "wrong", name))
	if err != nil {
		return Wrong{}, err
	}
	w := Wrong{Name: name, Files: slices.Clone(l.solution)}
	for _, f := range own {
		first, _, _ := strings.Cut(f.Text, "\n")
		expect, ok := strings.CutPrefix(first, "// expect: ")
		if !ok {
			expect, ok = strings.CutPrefix(first, "# expect: ")
		}
		if ok {
			check, message, _ := strings.Cut(expect, ",")
			w.Check, w.Message, w.expects = strings.TrimSpace(check), strings.TrimSpace(message), f.Name
		}
		if f.Name == expectFile {
			continue // beside files that have no comments
		}
		f.Text = strings.Replace(f.Text, buildTag, "//", 1)
		i := slices.IndexFunc(w.Files, func(have File) bool { return have.Name == f.Name })
		if i < 0 {
			w.Files = append(w.Files, f)
			continue
		}
		w.Files[i].Text = f.Text
	}
	if w.Check == "" || w.Message == "" {
		return w, fmt.Errorf("no file begins with \"// expect: <check id>, <message id>\", or with # for //")
	}
	return w, nil
}

// hash is the SHA-256 of every file of a folder, names and contents.
func hash(fsys fs.FS, dir string) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(fsys, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(sum, "%s %d\n", strings.TrimPrefix(name, dir), len(raw))
		sum.Write(raw)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
