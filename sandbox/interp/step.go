package interp

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/traefik/yaegi/interp"
)

// A check says where it is: before each statement of it stands a call that notes
// the line, so that a check that never ends can be told from its line.
const (
	stepName = "brokerlabstep"
	stepPath = "brokerlab/step"
)

// lastLine is the line of the statement that was begun last.
var lastLine atomic.Int64

// stepExports are the symbols of the calls that instrument writes.
func stepExports() interp.Exports {
	return interp.Exports{stepPath + "//" + stepName: {
		"At": reflect.ValueOf(at),
	}}
}

// instrument puts a call before each statement of a file that has passed the lint.
func instrument(fset *token.FileSet, tree *ast.File) {
	addImport(tree, stepName, stepPath)
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			switch {
			case len(n.List) > 0 && isClause(n.List[0]):
			case len(n.List) == 0:
				n.List = []ast.Stmt{step(fset, n.Lbrace)}
			default:
				n.List = steps(fset, n.List)
			}
		case *ast.CaseClause:
			n.Body = steps(fset, n.Body)
		case *ast.CommClause:
			n.Body = steps(fset, n.Body)
		}
		return true
	})
}

// addImport imports a package of ours under a name that no program has.
func addImport(tree *ast.File, name, path string) {
	at := tree.Name.End()
	spec := &ast.ImportSpec{Name: &ast.Ident{Name: name, NamePos: at},
		Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(path), ValuePos: at}}
	tree.Imports = append(tree.Imports, spec)
	tree.Decls = append([]ast.Decl{&ast.GenDecl{Tok: token.IMPORT, TokPos: at, Specs: []ast.Spec{spec}}}, tree.Decls...)
}

func isClause(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

func steps(fset *token.FileSet, list []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, 0, 2*len(list))
	for _, s := range list {
		out = append(out, step(fset, s.Pos()), s)
	}
	return out
}

func step(fset *token.FileSet, pos token.Pos) ast.Stmt {
	return &ast.ExprStmt{X: &ast.CallExpr{
		Fun:    &ast.SelectorExpr{X: &ast.Ident{Name: stepName, NamePos: pos}, Sel: &ast.Ident{Name: "At", NamePos: pos}},
		Lparen: pos, Rparen: pos,
		Args: []ast.Expr{&ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(fset.Position(pos).Line), ValuePos: pos}},
	}}
}

// stepsPerLook is how many statements run between two looks at the memory.
const stepsPerLook = 32

// guard is what at looks at; it is set before a check runs.
var guard struct {
	steps  atomic.Int64
	memory atomic.Int64 // bytes of heap; 0 for no limit
	once   sync.Once
	over   func(message string) // does not return
}

// at notes a line, and looks at the memory now and then: a loop that allocates is
// faster than any watcher.
func at(line int) {
	lastLine.Store(int64(line))
	if limit := guard.memory.Load(); limit > 0 && guard.steps.Add(1)%stepsPerLook == 0 && heap() > limit {
		guard.once.Do(func() { guard.over(fmt.Sprintf("it needs more than %d MiB of memory", limit>>20)) })
	}
}

// heap is the bytes of all objects, dead ones included until they are swept.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// watch calls over, once, when the wall time or the memory of a check is used up.
func watch(l Limits, over func(message string)) {
	guard.over = over
	guard.memory.Store(l.Memory / 4)
	time.AfterFunc(l.Wall, func() {
		guard.once.Do(func() { over(fmt.Sprintf("it did not end within %v", l.Wall)) })
	})
}
