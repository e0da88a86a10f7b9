package interp

import (
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"log"
	"reflect"

	"github.com/traefik/yaegi/interp"

	"github.com/brokerlab/brokerlab/sandbox/interp/symbols"
)

// prepare loads the files and compiles them to be run in this process. The
// diagnostics are the author's of the files; an error is ours, since whatever the
// interpreter cannot compile the lint should have refused.
func prepare(files []File, imp types.Importer, mode string) (run func() error, found []Diagnostic, err error) {
	in := interp.New(interp.Options{Unrestricted: true})
	p := load(in.FileSet(), files, imp, mode)
	if len(p.found) > 0 {
		return nil, p.found, nil
	}
	if err := in.Use(exportsFor(p)); err != nil {
		return nil, nil, fmt.Errorf("load symbols: %w", err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the interpreter failed at compiling the program: %v", r)
		}
	}()
	tree := p.merged()
	if mode == modeCheck {
		if err := in.Use(stepExports()); err != nil {
			return nil, nil, fmt.Errorf("load symbols: %w", err)
		}
		instrument(p.fset, tree)
	}
	prog, err := in.CompileAST(tree)
	if err != nil {
		return nil, nil, fmt.Errorf("the interpreter cannot compile the program: %w", err)
	}
	return func() error {
		_, err := in.Execute(prog)
		return err
	}, nil, nil
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

// merged is the program as one file, which is what the interpreter compiles.
func (p *program) merged() *ast.File {
	one := &ast.File{Package: p.files[0].Package, Name: p.files[0].Name, FileStart: p.files[0].FileStart, FileEnd: p.files[0].FileEnd}
	imports := &ast.GenDecl{Tok: token.IMPORT, TokPos: p.files[0].Name.End(), Lparen: p.files[0].Name.End()}
	seen := make(map[string]bool)
	var rest []ast.Decl
	for _, tree := range p.files {
		for _, decl := range tree.Decls {
			if gen, ok := decl.(*ast.GenDecl); !ok || gen.Tok != token.IMPORT {
				rest = append(rest, decl)
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
				one.Imports = append(one.Imports, spec)
			}
		}
	}
	if len(imports.Specs) > 0 {
		one.Decls = append(one.Decls, imports)
	}
	one.Decls = append(one.Decls, rest...)
	return one
}
