package interp

import (
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"reflect"
	"strconv"
	"strings"

	"github.com/traefik/yaegi/interp"

	"github.com/brokerlab/brokerlab/sandbox/interp/symbols"
)

// prepare loads the files and compiles them to be run in this process. The
// diagnostics are the author's of the files; an error is ours.
func prepare(files []File, imp types.Importer, mode string) (run func() error, found []Diagnostic, err error) {
	in := interp.New(interp.Options{Unrestricted: true})
	p := load(token.NewFileSet(), files, imp, mode)
	if len(p.found) > 0 {
		return nil, p.found, nil
	}
	if err := in.Use(exportsFor(p)); err != nil {
		return nil, nil, fmt.Errorf("load symbols: %w", err)
	}
	defer func() {
		if r := recover(); r != nil {
			found = []Diagnostic{notCompiled(files[0].Name, fmt.Sprint(r))}
		}
	}()
	tree, err := p.merged(in.FileSet(), files)
	if err != nil {
		return nil, nil, err
	}
	if err := in.Use(selectExports()); err != nil {
		return nil, nil, fmt.Errorf("load symbols: %w", err)
	}
	ownSelects(tree)
	if mode == modeCheck {
		if err := in.Use(stepExports()); err != nil {
			return nil, nil, fmt.Errorf("load symbols: %w", err)
		}
		instrument(in.FileSet(), tree)
	}
	isolate(tree)
	prog, err := in.CompileAST(tree)
	if err != nil {
		return nil, []Diagnostic{notCompiled(files[0].Name, err.Error())}, nil
	}
	return func() error {
		_, err := in.Execute(prog)
		return err
	}, nil, nil
}

// CodeInterpreter is that of a program which the lint let pass, but which the
// interpreter does not compile. Nothing of it has run, so it is only refused late.
const CodeInterpreter = "interpreter" // said

// notCompiled makes a diagnostic of what the interpreter said, which may begin with
// a position: "main.go:3:5: …".
func notCompiled(file, said string) Diagnostic {
	d := Diagnostic{File: file, Line: 1, Column: 1, Severity: "error", Code: CodeInterpreter}
	if parts := strings.SplitN(said, ":", 4); len(parts) == 4 {
		line, err1 := strconv.Atoi(parts[1])
		column, err2 := strconv.Atoi(parts[2])
		if err1 == nil && err2 == nil {
			d.File, d.Line, d.Column, said = strings.TrimSuffix(parts[0], "/"+mergedName), line, column, strings.TrimSpace(parts[3])
		}
	}
	d.EndLine, d.EndColumn = d.Line, d.Column+1
	d.Params = params{"said": said}
	d.Message = inEnglish(d.Code, d.Params)
	return d
}

// exportsFor gives the symbols of the packages that a program imports.
func exportsFor(p *program) interp.Exports {
	var paths []string
	for _, imported := range p.pkg.Imports() {
		paths = append(paths, imported.Path())
	}
	exports := interp.Exports(symbols.Exports(paths))
	exports["."] = map[string]reflect.Value{"MapTypes": reflect.ValueOf(wrappers)}
	return exports
}

// wrappers says which interfaces of an interpreted value compiled functions look
// for behind an any.
var wrappers = func() map[reflect.Value][]reflect.Type {
	m := make(map[reflect.Value][]reflect.Type)
	print := []reflect.Type{reflect.TypeFor[fmt.Formatter](), reflect.TypeFor[fmt.Stringer]()}
	for _, fn := range []any{
		fmt.Errorf, fmt.Fprint, fmt.Fprintf, fmt.Fprintln, fmt.Print, fmt.Printf, fmt.Println, fmt.Sprint, fmt.Sprintf, fmt.Sprintln,
		log.Fatal, log.Fatalf, log.Fatalln, log.Panic, log.Panicf, log.Panicln, log.Print, log.Printf, log.Println,
	} {
		m[reflect.ValueOf(fn)] = print
	}
	m[reflect.ValueOf(json.Marshal)] = []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}
	m[reflect.ValueOf(json.Unmarshal)] = []reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}
	return m
}()

// merged is the program as one file, which is what the interpreter compiles. The
// interpreter looks imports up by the base name of the file that a position is in,
// so several files are read again, under names whose base is the same.
func (p *program) merged(fset *token.FileSet, files []File) (*ast.File, error) {
	var trees []*ast.File
	for _, f := range files {
		name := f.Name
		if len(files) > 1 {
			name += "/" + mergedName
		}
		tree, err := parser.ParseFile(fset, name, f.Text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err // load has read the same
		}
		trees = append(trees, tree)
	}
	one := trees[0]
	imports := &ast.GenDecl{Tok: token.IMPORT, TokPos: one.Name.End(), Lparen: one.Name.End()}
	seen := make(map[string]bool)
	var decls []ast.Decl
	for _, tree := range trees {
		for _, decl := range tree.Decls {
			if gen, ok := decl.(*ast.GenDecl); !ok || gen.Tok != token.IMPORT {
				decls = append(decls, decl)
			}
		}
		for _, spec := range tree.Imports {
			key := spec.Path.Value
			if spec.Name != nil {
				key = spec.Name.Name + key
			}
			if !seen[key] {
				seen[key] = true
				imports.Specs = append(imports.Specs, spec)
			}
		}
	}
	if len(imports.Specs) > 0 {
		decls = append([]ast.Decl{imports}, decls...)
	}
	one.Decls = decls
	return one, nil
}

// mergedName is the base name of every file of a program that has several.
const mergedName = "program"
