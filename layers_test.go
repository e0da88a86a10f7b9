package brokerlab

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/brokerlab/brokerlab/"

// layers says which of our top folders a top folder may import. Imports point
// only that way; the README shows the same table.
var layers = map[string][]string{
	"cmd":     {"server", "course", "labs", "grader", "sandbox", "brokers", "static"},
	"server":  {"course", "labs", "grader", "static"},
	"course":  {"labs"},
	"grader":  {"labs", "sandbox", "brokers"},
	"labs":    {},
	"sandbox": {"brokers"},
	"brokers": {},
	"static":  {},
}

// A goPackage is what go list says of a package.
type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// TestLayers keeps the table true. A test may also reach what its folder may not,
// except that nothing below the grader may know the server.
func TestLayers(t *testing.T) {
	for _, pkg := range list(t) {
		for _, imp := range pkg.Imports {
			if why := forbidden(pkg.ImportPath, imp); why != "" {
				t.Errorf("%s imports %s: %s", pkg.ImportPath, imp, why)
			}
		}
	}
}

// TestMiniaturesAreAlone: brokers/<name> knows brokers and its own folders only.
func TestMiniaturesAreAlone(t *testing.T) {
	for _, pkg := range list(t) {
		rest, ok := strings.CutPrefix(pkg.ImportPath, module+"brokers/")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, "/")
		for _, imp := range pkg.Imports {
			other, ok := strings.CutPrefix(imp, module+"brokers/")
			if ok && other != name && !strings.HasPrefix(other, name+"/") {
				t.Errorf("%s imports %s: a miniature may not know another", pkg.ImportPath, imp)
			}
		}
	}
}

func forbidden(from, to string) string {
	to, ours := strings.CutPrefix(to, module)
	if !ours {
		return ""
	}
	from = top(strings.TrimPrefix(from, module))
	allowed, known := layers[from]
	switch {
	case !known:
		return from + " is not a folder of the design"
	case top(to) == from || slices.Contains(allowed, top(to)):
		return ""
	}
	return from + " may not know " + top(to)
}

func top(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg goPackage
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(pkg.ImportPath, module) {
			pkgs = append(pkgs, pkg)
		}
	}
	if len(pkgs) < 5 {
		t.Fatalf("go list knows only %d packages of ours", len(pkgs))
	}
	return pkgs
}
