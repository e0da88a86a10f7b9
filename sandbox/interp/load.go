package interp

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/interp/allow"
)

// File is that of the compiled engine.
type File = build.File

// Diagnostic is that of the compiled engine, so that a page and a grader need not
// know which engine spoke.
type Diagnostic = build.Diagnostic

// Codes of diagnostics that come before the lint, with their params. Type errors have
// the code "type", a program that is not Go has "syntax"; both are in Go's own words.
const (
	CodeSyntax       = build.CodeSyntax
	CodeType         = "type"
	CodeTooMuch      = build.CodeTooLarge
	CodeNotText      = build.CodeNotText
	CodePackage      = build.CodePackage
	CodeNoMain       = build.CodeNoMain
	CodeCgo          = build.CodeCgo
	CodeUnsafe       = build.CodeUnsafe
	CodeImport       = "import-not-interpreted" // path, why or not
	CodeDotImport    = "dot-import"             //
	CodeCheckPackage = "check-package"          // path
	CodeCheckImport  = "check-import"           // path
	CodeSymbol       = "symbol-not-allowed"     // name, why, offered
	CodeNames        = "same-import-name"       // path, name
	CodeTypeCheck    = "type-check-failed"      // said
)

// langVersion is the Go version whose rules the type checker keeps.
const langVersion = "go1.26"

// maxShown bounds the diagnostics of one program.
const maxShown = 50

// A program is a source that has been read, and what is known about it.
type program struct {
	fset  *token.FileSet
	files []*ast.File
	text  map[string]string // by file name
	info  *types.Info
	pkg   *types.Package
	found []Diagnostic
}

// load parses and type-checks the files, and lints them if they are Go. Nothing is
// run. The program can be run if found is empty.
func load(fset *token.FileSet, files []File, imp types.Importer, mode string) *program {
	p := &program{fset: fset, text: make(map[string]string)}
	if p.parse(files); len(p.found) > 0 {
		return p
	}
	p.checkImports(mode)
	p.typeCheck(imp)
	if len(p.found) == 0 {
		p.checkNames()
		p.found = append(p.found, Lint(p.fset, p.files, p.info)...)
	}
	p.tidy(files)
	return p
}

// parse reads the files into trees.
func (p *program) parse(files []File) {
	size := 0
	for _, f := range files {
		size += len(f.Text)
	}
	if size > build.MaxSource {
		p.found = append(p.found, atStart(files[0], CodeTooMuch, params{"size": strconv.Itoa(size), "limit": strconv.Itoa(build.MaxSource)}))
		return
	}
	hasMain := false
	for _, f := range files {
		p.text[f.Name] = f.Text
		if !utf8.ValidString(f.Text) {
			p.found = append(p.found, atStart(f, CodeNotText, params{"name": f.Name}))
			return
		}
		tree, err := parser.ParseFile(p.fset, f.Name, f.Text, parser.SkipObjectResolution|parser.AllErrors)
		p.addSyntax(f, err)
		if err != nil {
			continue
		}
		p.files = append(p.files, tree)
		if tree.Name.Name != "main" {
			p.add(tree.Name, CodePackage, params{"package": tree.Name.Name})
		}
		hasMain = hasMain || declaresMain(tree)
	}
	if !hasMain && len(p.found) == 0 && len(p.files) > 0 {
		p.add(p.files[0].Name, CodeNoMain, nil)
	}
}

func declaresMain(tree *ast.File) bool {
	return slices.ContainsFunc(tree.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && fn.Name.Name == "main"
	})
}

// addSyntax adds what the parser said.
func (p *program) addSyntax(f File, err error) {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return
	}
	for _, e := range list {
		p.found = append(p.found, Diagnostic{File: f.Name, Severity: "error", Code: CodeSyntax, Message: e.Msg,
			Line: e.Pos.Line, Column: e.Pos.Column, EndLine: e.Pos.Line, EndColumn: e.Pos.Column + 1})
	}
}

// checkImports refuses packages that are not on the allow-list, or not in this mode.
func (p *program) checkImports(mode string) {
	for _, tree := range p.files {
		for _, spec := range tree.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			_, offered := allow.Find(path)
			switch {
			case path == "C":
				p.add(spec.Path, CodeCgo, nil)
			case path == "unsafe":
				p.add(spec.Path, CodeUnsafe, nil)
			case mode == modeCheck && !allow.InCheck(path):
				p.add(spec.Path, CodeCheckImport, params{"path": path})
			case mode != modeCheck && path == "brokerlab/check":
				p.add(spec.Path, CodeCheckPackage, params{"path": path})
			case !offered:
				p.add(spec.Path, CodeImport, because(allow.Doors[path]).with("path", path))
			case spec.Name != nil && spec.Name.Name == ".":
				p.add(spec, CodeDotImport, nil)
			}
		}
	}
}

// typeCheck finds what Go's compiler would not accept. A panic of the checker ends
// the check with an error, since an unchecked program may not run.
func (p *program) typeCheck(imp types.Importer) {
	p.info = &types.Info{
		Types:      make(map[ast.Expr]types.TypeAndValue),
		Defs:       make(map[*ast.Ident]types.Object),
		Uses:       make(map[*ast.Ident]types.Object),
		Selections: make(map[*ast.SelectorExpr]*types.Selection),
		Scopes:     make(map[ast.Node]*types.Scope),
		Implicits:  make(map[ast.Node]types.Object),
		Instances:  make(map[*ast.Ident]types.Instance),
	}
	conf := types.Config{
		GoVersion: langVersion, Importer: onlyAllowed{imp}, Sizes: types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) { p.addType(err) },
	}
	defer func() {
		if r := recover(); r != nil {
			p.add(p.files[0].Name, CodeTypeCheck, params{"said": fmt.Sprint(r)})
		}
	}()
	p.pkg, _ = conf.Check("main", p.fset, p.files, p.info) // errors went to addType
}

func (p *program) addType(err error) {
	var e types.Error
	if !errors.As(err, &e) || strings.Contains(e.Msg, errNotAllowed.Error()) {
		return // checkImports has said it better
	}
	at := p.fset.Position(e.Pos)
	d := Diagnostic{File: at.Filename, Severity: "error", Code: CodeType, Message: e.Msg,
		Line: at.Line, Column: at.Column, EndLine: at.Line}
	d.EndColumn = d.Column + 1
	p.found = append(p.found, d)
}

var errNotAllowed = errors.New("not on the allow-list")

// onlyAllowed is an importer that knows the allow-list only.
type onlyAllowed struct{ types.Importer }

func (i onlyAllowed) Import(path string) (*types.Package, error) {
	if _, ok := allow.Find(path); !ok {
		return nil, errNotAllowed
	}
	return i.Importer.Import(path)
}

// checkNames refuses files that give one name to two packages: the interpreter
// reads all files as one.
func (p *program) checkNames() {
	paths := make(map[string]string)
	for _, tree := range p.files {
		for _, spec := range tree.Imports {
			name := p.info.PkgNameOf(spec)
			if name == nil || name.Name() == "_" {
				continue
			}
			path := name.Imported().Path()
			if other, ok := paths[name.Name()]; ok && other != path {
				p.add(spec, CodeNames, params{"path": other, "name": name.Name()})
			}
			paths[name.Name()] = path
		}
	}
}

func (p *program) add(n ast.Node, code string, with params) {
	p.found = append(p.found, diagnose(p.fset, n, code, with))
}

// diagnose makes a diagnostic over a node; its columns count bytes until tidy.
func diagnose(fset *token.FileSet, n ast.Node, code string, with params) Diagnostic {
	from, to := fset.Position(n.Pos()), fset.Position(n.End())
	return Diagnostic{File: from.Filename, Line: from.Line, Column: from.Column, EndLine: to.Line, EndColumn: to.Column,
		Severity: "error", Code: code, Message: inEnglish(code, with), Params: with}
}

// atStart makes a diagnostic of a file that is not read.
func atStart(f File, code string, with params) Diagnostic {
	return Diagnostic{File: f.Name, Line: 1, Column: 1, EndLine: 1, EndColumn: 1,
		Severity: "error", Code: code, Message: inEnglish(code, with), Params: with}
}

// tidy sorts the diagnostics by place, drops repetitions and what is too much, and
// turns columns from bytes into UTF-16 code units.
func (p *program) tidy(files []File) {
	order := make(map[string]int)
	for i, f := range files {
		order[f.Name] = i
	}
	slices.SortStableFunc(p.found, func(a, b Diagnostic) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	p.found = slices.CompactFunc(p.found, func(a, b Diagnostic) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Code == b.Code
	})
	p.found = p.found[:min(len(p.found), maxShown)]
	for i := range p.found {
		d := &p.found[i]
		lines := strings.Split(p.text[d.File], "\n")
		d.Column, d.EndColumn = units(lines, d.Line, d.Column), units(lines, d.EndLine, d.EndColumn)
	}
}

// units turns a column in bytes into one in UTF-16 code units, both from 1.
func units(lines []string, line, column int) int {
	if line < 1 || line > len(lines) {
		return column
	}
	text := lines[line-1]
	return 1 + len(utf16.Encode([]rune(text[:min(max(column-1, 0), len(text))])))
}
