package build

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// An analyser type-checks programs against the export data of one pack. It
// keeps every package that it has imported, so the first program that imports
// one pays for it. It is for one goroutine.
type analyser struct {
	pack *Pack
	fset *token.FileSet
	imp  types.Importer
	lang string
	size types.Sizes
}

// newAnalyser makes an analyser for the pack.
func newAnalyser(pack *Pack) (*analyser, error) {
	archives, err := pack.archives()
	if err != nil {
		return nil, err
	}
	a := &analyser{pack: pack, fset: token.NewFileSet(), lang: pack.info.Lang, size: types.SizesFor("gc", runtime.GOARCH)}
	gc := importer.ForCompiler(a.fset, "gc", func(path string) (io.ReadCloser, error) {
		name, ok := archives[path]
		if !ok {
			return nil, fmt.Errorf("package %s is not in the pack", path)
		}
		return os.Open(name)
	})
	allowed := make(map[string]bool, len(pack.Allow))
	for _, p := range pack.Allow {
		allowed[p.Path] = true
	}
	a.imp = importOnly{gc, allowed}
	return a, nil
}

// importOnly is an importer for the allow-list.
type importOnly struct {
	types.Importer
	allowed map[string]bool
}

var errNotAllowed = errors.New("not on the allow-list")

func (i importOnly) Import(path string) (*types.Package, error) {
	if !i.allowed[path] {
		return nil, errNotAllowed
	}
	return i.Importer.Import(path)
}

// warm imports packages before the first program asks for them.
func (a *analyser) warm(paths []string) {
	for _, path := range paths {
		_, _ = a.imp.Import(path) // a program that imports it will say what is wrong
	}
}

// A checked program is what the type checker knows about a source.
type checked struct {
	*source
	info  *types.Info
	pkg   *types.Package
	found findings
}

// check parses the files and finds everything that is wrong with them, in the
// order of the text, at most maxShown. The caller calls forget at the end.
func (a *analyser) check(files []File) *checked {
	src, found := parse(a.fset, files)
	c := &checked{source: src, found: found}
	if len(src.trees) == 0 {
		return c
	}
	c.found = append(c.found, src.checkRules(a.pack.Allow)...)
	broken := slices.ContainsFunc(c.found, func(d Diagnostic) bool { return d.Code == CodeSyntax })
	var said findings
	c.info, c.pkg = a.typeCheck(src, func(err types.Error) { said.addType(src, err) })
	if broken { // after a syntax error most of what types says is about what is missing, as main may be
		c.found = slices.DeleteFunc(c.found, func(d Diagnostic) bool { return d.Code == CodeNoMain })
	} else {
		c.found = append(c.found, said...)
	}
	c.found = tidy(c.found, files)
	return c
}

// typeCheck runs go/types over the trees. A panic in it, which a broken tree
// can cause, ends the check and keeps what was found.
func (a *analyser) typeCheck(src *source, report func(types.Error)) (info *types.Info, pkg *types.Package) {
	info = &types.Info{
		Types:      make(map[ast.Expr]types.TypeAndValue),
		Defs:       make(map[*ast.Ident]types.Object),
		Uses:       make(map[*ast.Ident]types.Object),
		Selections: make(map[*ast.SelectorExpr]*types.Selection),
		Scopes:     make(map[ast.Node]*types.Scope),
		Implicits:  make(map[ast.Node]types.Object),
	}
	conf := types.Config{
		GoVersion: a.lang,
		Importer:  a.imp,
		Sizes:     a.size,
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) {
				report(e)
			}
		},
	}
	pkg = types.NewPackage("main", "main")
	defer func() { _ = recover() }()
	_ = types.NewChecker(&conf, src.fset, pkg, info).Files(src.trees) // errors went to report
	return info, pkg
}

// addType adds one error of the type checker. Its second half, such as "other
// declaration of x", comes as an error of its own that begins with a tab; it is
// joined to the first.
func (fs *findings) addType(src *source, err types.Error) {
	from, to, code := details(err)
	if code == "BrokenImport" || code == "MismatchedPkgName" {
		return // the rules have said it better
	}
	file := src.fset.File(from)
	if file == nil {
		return
	}
	f := src.fileOf(file.Name())
	if rest, ok := strings.CutPrefix(err.Msg, "\t"); ok {
		if len(*fs) > 0 {
			line, column := place(f.Text, min(file.Offset(from), len(f.Text)))
			last := &(*fs)[len(*fs)-1]
			last.Message += fmt.Sprintf("; %s at %s:%d:%d", rest, f.Name, line, column)
		}
		return
	}
	start, end := file.Offset(from), file.Offset(from)
	if to.IsValid() && src.fset.File(to) == file {
		end = file.Offset(to)
	}
	if end <= start {
		end = wordEnd(f.Text, start)
	}
	fs.at(f, start, end, code, err.Msg, nil)
}

// details reads the extent and the code of an error. go/types keeps them in
// unexported fields and documents that reflection may read them.
func details(err types.Error) (from, to token.Pos, code string) {
	v := reflect.ValueOf(err)
	from, to = err.Pos, token.NoPos
	if start := v.FieldByName("go116start"); start.IsValid() && start.Int() > 0 {
		from = token.Pos(start.Int())
	}
	if end := v.FieldByName("go116end"); end.IsValid() {
		to = token.Pos(end.Int())
	}
	if c := v.FieldByName("go116code"); c.IsValid() {
		code = typeCodes[c.Int()]
	}
	if code == "" {
		code = "TypeError"
	}
	return from, to, code
}

// tidy sorts diagnostics by file in the order given, then by place, drops
// repetitions, and keeps the first maxShown.
func tidy(found findings, files []File) findings {
	order := make(map[string]int, len(files))
	for i, f := range files {
		order[f.Name] = i
	}
	slices.SortStableFunc(found, func(a, b Diagnostic) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	found = slices.CompactFunc(found, func(a, b Diagnostic) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
	return found[:min(len(found), maxShown)]
}
