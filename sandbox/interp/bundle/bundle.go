// Package bundle holds the export data of the packages that interpreted code may
// import, so that it can be type-checked on a machine that has no compiler pack
// and no Go. export.zip is written by sandbox/interp/gen; an entry is one package
// in the format of x/tools, which does not change with the compiler.
package bundle

import (
	"archive/zip"
	"bufio"
	"bytes"
	_ "embed" // for export.zip
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"

	"golang.org/x/tools/go/gcexportdata"
)

//go:embed export.zip
var data []byte

// ErrNotOffered means that a package is not on the allow-list.
var ErrNotOffered = errors.New("the package is not offered here")

// Write writes the packages as a bundle. The same packages give the same bytes.
func Write(w io.Writer, pkgs []*types.Package) error {
	z := zip.NewWriter(w)
	for _, p := range pkgs {
		f, err := z.Create(p.Path())
		if err != nil {
			return fmt.Errorf("bundle %s: %w", p.Path(), err)
		}
		if err := gcexportdata.Write(f, token.NewFileSet(), p); err != nil {
			return fmt.Errorf("bundle %s: %w", p.Path(), err)
		}
	}
	return z.Close()
}

// An Importer gives the types of packages, each read when it is first asked for.
// It is for one goroutine.
type Importer struct {
	zip   *zip.Reader
	fset  *token.FileSet
	known map[string]*types.Package // complete and not: what packages mention of each other
	whole map[string]*types.Package
}

// New opens the bundle that this program was built with.
func New() (*Importer, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open the bundle of export data: %w", err)
	}
	return &Importer{zip: z, fset: token.NewFileSet(), known: make(map[string]*types.Package), whole: make(map[string]*types.Package)}, nil
}

// Import gives a package of the bundle, or ErrNotOffered.
func (i *Importer) Import(path string) (*types.Package, error) {
	if p := i.whole[path]; p != nil {
		return p, nil
	}
	f, err := i.zip.Open(path)
	if err != nil {
		return nil, fmt.Errorf("import %q: %w", path, ErrNotOffered)
	}
	defer f.Close() //nolint:errcheck // it is read from memory
	p, err := gcexportdata.Read(bufio.NewReader(f), i.fset, i.known, path)
	if err != nil {
		return nil, fmt.Errorf("import %q: %w", path, err)
	}
	i.whole[path] = p
	return p, nil
}
