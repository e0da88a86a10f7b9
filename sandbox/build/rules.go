package build

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Codes of our own rules. The page renders them in the reader's language from
// their Params; Message says the same in English.
const (
	CodeSyntax    = "syntax"             // Go's parser; Message is its own
	CodeNoFiles   = "no-files"           //
	CodeTooLarge  = "too-large"          // limit, size in bytes
	CodeTooMany   = "too-many-files"     // limit, count
	CodeFileName  = "file-name"          // name
	CodeTestFile  = "test-file"          // name
	CodeSameName  = "same-file-name"     // name
	CodeNotText   = "not-text"           // name: not UTF-8 or with a NUL
	CodePackage   = "package-main"       // package
	CodeImport    = "import-not-allowed" // path, near (comma-separated, may be empty)
	CodeCgo       = "cgo"                //
	CodeUnsafe    = "unsafe"             //
	CodeDirective = "directive"          // directive
	CodeReserved  = "reserved-name"      // name
	CodeNoBody    = "no-body"            // name
	CodeNoMain    = "no-main"            //
)

// reserved begins every name that the generated file declares.
const reserved = "brokerlab"

// generatedName is the file that we add to a program. No student's file may
// have it, and it sorts last.
const generatedName = "zz_brokerlab.go"

// A source is a program as it was parsed.
type source struct {
	fset  *token.FileSet
	files []File
	trees []*ast.File // one for each file that could be parsed at all
	names []string    // of the trees
	text  map[string]string
}

// forget takes the files out of the file set, which lives as long as the child.
func (s *source) forget() {
	for _, tree := range s.trees {
		if f := s.fset.File(tree.FileStart); f != nil {
			s.fset.RemoveFile(f)
		}
	}
}

// parse reads the files into trees and lists what is wrong with them as text.
// A file with a syntax error still gives as much of a tree as could be read.
func parse(fset *token.FileSet, files []File) (*source, findings) {
	s := &source{fset: fset, files: files, text: make(map[string]string, len(files))}
	var found findings
	if !found.checkFiles(files) {
		return s, found
	}
	for _, f := range files {
		s.text[f.Name] = f.Text
		tree, err := parser.ParseFile(fset, f.Name, f.Text, parser.ParseComments|parser.AllErrors|parser.SkipObjectResolution)
		found.addSyntax(f, err)
		if tree != nil && tree.FileStart.IsValid() {
			s.trees = append(s.trees, tree)
			s.names = append(s.names, f.Name)
		}
	}
	return s, found
}

// findings collects diagnostics. Positions are found by the offset in a file's
// text, so that nothing a student writes can move them.
type findings []Diagnostic

// at adds a diagnostic over text[from:to] of one file.
func (fs *findings) at(f File, from, to int, code, message string, params map[string]string) {
	from = min(max(from, 0), len(f.Text))
	to = min(max(to, from), len(f.Text))
	d := Diagnostic{File: f.Name, Severity: "error", Code: code, Message: message, Params: params}
	d.Line, d.Column = place(f.Text, from)
	d.EndLine, d.EndColumn = place(f.Text, to)
	*fs = append(*fs, d)
}

// place turns an offset into a line and a column, both from 1, the column in
// UTF-16 code units.
func place(text string, offset int) (line, column int) {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf16Len(before[start:])
}

// utf16Len is the length of s as JavaScript counts it.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// offsetOf turns a count of UTF-16 code units into an offset in bytes.
func offsetOf(text string, units int) int {
	for i, r := range text {
		if units <= 0 {
			return i
		}
		units--
		if r > 0xFFFF {
			units--
		}
	}
	return len(text)
}

// checkFiles looks at names and sizes. It reports whether the files may be parsed.
func (fs *findings) checkFiles(files []File) bool {
	if len(files) == 0 {
		fs.at(File{Name: "main.go"}, 0, 0, CodeNoFiles, "the program has no files", nil)
		return false
	}
	if len(files) > maxFiles {
		fs.at(files[0], 0, 0, CodeTooMany, fmt.Sprintf("the program has %d files, at most %d are allowed", len(files), maxFiles),
			map[string]string{"limit": strconv.Itoa(maxFiles), "count": strconv.Itoa(len(files))})
		return false
	}
	size := 0
	for _, f := range files {
		size += len(f.Text)
	}
	if size > MaxSource {
		fs.at(files[0], 0, 0, CodeTooLarge, fmt.Sprintf("the program has %d bytes, at most %d are allowed", size, MaxSource),
			map[string]string{"limit": strconv.Itoa(MaxSource), "size": strconv.Itoa(size)})
		return false
	}
	seen := make(map[string]bool)
	for _, f := range files {
		fs.checkFile(f, seen)
	}
	return len(*fs) == 0
}

// checkFile looks at the name of one file and at its bytes.
func (fs *findings) checkFile(f File, seen map[string]bool) {
	params := map[string]string{"name": f.Name}
	shown := File{Name: f.Name}
	lower := strings.ToLower(f.Name) // as on file systems that do not tell case apart
	switch {
	case !saneName(f.Name):
		fs.at(shown, 0, 0, CodeFileName, fmt.Sprintf("the file name %q is not allowed; use letters, digits, - and _, and end with .go", f.Name), params)
	case strings.HasSuffix(lower, "_test.go"):
		fs.at(shown, 0, 0, CodeTestFile, fmt.Sprintf("%s is a test file; a program is made of other files only", f.Name), params)
	case lower == generatedName:
		fs.at(shown, 0, 0, CodeFileName, fmt.Sprintf("the file name %q is taken", f.Name), params)
	case seen[lower]:
		fs.at(shown, 0, 0, CodeSameName, fmt.Sprintf("there are two files named %s", f.Name), params)
	case !utf8.ValidString(f.Text) || strings.ContainsRune(f.Text, 0):
		fs.at(shown, 0, 0, CodeNotText, fmt.Sprintf("%s is not UTF-8 text", f.Name), params)
	}
	seen[lower] = true
}

// saneName reports whether a file name is a plain .go name. A name such as
// x_windows.go is fine: compile is told the files and looks at no suffix.
func saneName(name string) bool {
	stem, ok := strings.CutSuffix(name, ".go")
	if !ok || stem == "" || len(name) > 64 || stem[0] == '-' || stem[0] == '_' {
		return false
	}
	for _, c := range []byte(stem) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// addSyntax adds what the parser said, each over the word that it stumbled on.
func (fs *findings) addSyntax(f File, err error) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		if err != nil {
			fs.at(f, 0, 0, CodeSyntax, err.Error(), nil)
		}
		return
	}
	last := 0
	for _, e := range list {
		if e.Pos.Line == last { // the parser's second thoughts about one line rarely help
			continue
		}
		last = e.Pos.Line
		for _, other := range list { // of an empty file it says first that a semicolon is missing
			if other.Pos == e.Pos && strings.HasPrefix(other.Msg, "expected 'package'") {
				e = other
			}
		}
		fs.at(f, e.Pos.Offset, wordEnd(f.Text, e.Pos.Offset), CodeSyntax, e.Msg, nil)
	}
}

// wordEnd is the end of the word, the quoted string or the sign at an offset.
func wordEnd(text string, offset int) int {
	offset = min(offset, len(text))
	end := offset
	if strings.HasPrefix(text[offset:], `"`) {
		line, _, _ := strings.Cut(text[offset+1:], "\n")
		if n := strings.IndexByte(line, '"'); n >= 0 {
			return offset + 1 + n + 1
		}
	}
	for end < len(text) && isWord(text[end]) {
		end++
	}
	if end == offset && end < len(text) && text[end] != '\n' {
		_, n := utf8.DecodeRuneInString(text[end:])
		end += n
	}
	return end
}

// isWord reports whether a byte may be within an identifier.
func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// checkRules walks the trees for everything that a program may not say.
func (s *source) checkRules(allowed []Package) findings {
	r := &rules{source: s, allowed: allowed}
	for i, tree := range s.trees {
		r.file, r.tree = s.fileOf(s.names[i]), s.fset.File(tree.FileStart)
		r.checkPackage(tree)
		r.checkImports(tree)
		r.checkComments(tree)
		r.checkNames(tree)
		r.checkBodies(tree)
	}
	if !r.hasMain && len(s.trees) > 0 && len(r.found) == 0 {
		r.file = s.fileOf(s.names[0])
		name := s.trees[0].Name
		r.tree = s.fset.File(s.trees[0].FileStart)
		r.add(name, CodeNoMain, "the program has no function main", nil)
	}
	return r.found
}

func (s *source) fileOf(name string) File { return File{Name: name, Text: s.text[name]} }

// rules walks one file after another.
type rules struct {
	*source
	allowed []Package
	found   findings
	file    File
	tree    *token.File
	hasMain bool
}

func (r *rules) add(n ast.Node, code, message string, params map[string]string) {
	r.found.at(r.file, r.tree.Offset(n.Pos()), r.tree.Offset(n.End()), code, message, params)
}

func (r *rules) checkPackage(tree *ast.File) {
	if name := tree.Name; name != nil && name.Name != "main" && name.Name != "_" && name.Name != "" { // "" is told as a mistake of syntax
		r.add(name, CodePackage, fmt.Sprintf("the package is %s, want package main", name.Name), map[string]string{"package": name.Name})
	}
}

func (r *rules) checkImports(tree *ast.File) {
	for _, spec := range tree.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "" {
			continue // the parser has said so
		}
		switch {
		case path == "C":
			r.add(spec.Path, CodeCgo, `import "C" is not allowed: programs are pure Go`, nil)
		case path == "unsafe":
			r.add(spec.Path, CodeUnsafe, `import "unsafe" is not allowed`, nil)
		case !slices.ContainsFunc(r.allowed, func(p Package) bool { return p.Path == path }):
			near := closest(path, r.allowed)
			message := fmt.Sprintf("import %q is not available here", path)
			if len(near) > 0 {
				message += "; did you mean " + strings.Join(near, " or ") + "?"
			}
			r.add(spec.Path, CodeImport, message, map[string]string{"path": path, "near": strings.Join(near, ",")})
		}
	}
}

// checkComments refuses every comment that a compiler might take as an order.
func (r *rules) checkComments(tree *ast.File) {
	for _, group := range tree.Comments {
		for _, c := range group.List {
			if word, ok := directive(c.Text); ok {
				r.add(c, CodeDirective, fmt.Sprintf("the directive %s is not allowed", word), map[string]string{"directive": word})
			}
		}
	}
}

// directive reports whether a comment is an order to the toolchain, and its first word.
func directive(comment string) (word string, ok bool) {
	body := comment[2:]
	for _, prefix := range []string{"go:", "line ", "export ", "+build", " +build"} {
		if !strings.HasPrefix(body, prefix) {
			continue
		}
		fields := strings.Fields(comment)
		word = fields[0]
		if word == "//" && len(fields) > 1 {
			word += " " + fields[1]
		}
		return strings.TrimSuffix(word, "*/"), true
	}
	return "", false
}

// checkNames keeps the names that the generated file declares for it alone.
func (r *rules) checkNames(tree *ast.File) {
	ast.Inspect(tree, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, reserved) {
			r.add(id, CodeReserved, fmt.Sprintf("the name %s is taken; names may not begin with %s", id.Name, reserved), map[string]string{"name": id.Name})
		}
		return true
	})
}

// checkBodies refuses functions that would have to be written in assembly, and
// looks for main.
func (r *rules) checkBodies(tree *ast.File) {
	for _, decl := range tree.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Body == nil {
			r.add(fn.Name, CodeNoBody, fmt.Sprintf("the function %s has no body", fn.Name.Name), map[string]string{"name": fn.Name.Name})
		}
		if fn.Recv == nil && fn.Name.Name == "main" {
			r.hasMain = true
		}
	}
}
