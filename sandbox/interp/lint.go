package interp

import (
	"go/ast"
	"go/token"
	"go/types"
)

// mainPackage is the path under which programs are type-checked.
const mainPackage = "main"

// Lint refuses, with position and reason, every construct of a type-checked program
// that the interpreter is known to get wrong. What it lets through behaves as
// compiled; the package comment lists the codes.
func Lint(fset *token.FileSet, files []*ast.File, info *types.Info) []Diagnostic {
	l := &linter{fset: fset, info: info, facts: learn(files, info)}
	for _, tree := range files {
		l.walk(tree)
	}
	l.checkTypes()
	l.checkInitOrder()
	return l.found
}

// A linter walks one file after another with the nodes above the current one.
type linter struct {
	fset  *token.FileSet
	info  *types.Info
	facts *facts
	stack []ast.Node // the last is the current node
	found []Diagnostic
}

func (l *linter) refuse(n ast.Node, code string, p params) {
	l.found = append(l.found, diagnose(l.fset, n, code, p))
}

// walk visits every node with the rules for its kind. This is the table of contents.
func (l *linter) walk(tree *ast.File) {
	ast.Inspect(tree, func(n ast.Node) bool {
		if n == nil {
			l.stack = l.stack[:len(l.stack)-1]
			return true
		}
		l.stack = append(l.stack, n)
		switch n := n.(type) {
		case *ast.Ident:
			l.checkIdent(n)
		case *ast.SelectorExpr:
			l.checkSelector(n)
		case *ast.RangeStmt:
			l.checkRange(n)
			l.checkChanRange(n)
		case *ast.DeferStmt:
			l.checkDefer(n)
		case *ast.BranchStmt:
			l.checkBranch(n)
			l.checkFallthrough(n)
		case *ast.EmptyStmt:
			l.checkEmpty(n)
		case *ast.AssignStmt:
			l.checkAssign(n)
			l.checkResultAlias(n)
			l.checkReceive(n)
		case *ast.LabeledStmt:
			l.checkLabel(n)
		case *ast.CommClause:
			l.checkComm(n)
		case *ast.CallExpr:
			l.checkCall(n)
		case *ast.TypeAssertExpr:
			l.checkAssert(n)
		case *ast.TypeSwitchStmt:
			l.checkTypeSwitch(n)
		case *ast.BinaryExpr:
			l.checkCompare(n)
		case *ast.GenDecl:
			l.checkConsts(n)
		case *ast.FuncDecl:
			l.checkFuncDecl(n)
			l.checkResults(n.Type, n.Body)
		case *ast.FuncLit:
			l.checkResults(n.Type, n.Body)
		}
		l.checkBoxes(n)
		return true
	})
}

// parent is the n-th node above the current one, or nil.
func (l *linter) parent(n int) ast.Node {
	if i := len(l.stack) - 1 - n; i >= 0 {
		return l.stack[i]
	}
	return nil
}

// typeOf is the type of an expression, or nil where it has none.
func (l *linter) typeOf(e ast.Expr) types.Type { return l.info.TypeOf(e) }

// isConst reports whether an expression is a constant or nil.
func (l *linter) isConst(e ast.Expr) bool {
	tv := l.info.Types[e]
	return tv.Value != nil || tv.IsNil()
}

// varOf is the local or package variable that an expression names, or nil.
func (l *linter) varOf(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := l.info.ObjectOf(id).(*types.Var)
	return v
}

// callee is the function or method that a call names, or nil for a value.
func callee(info *types.Info, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	var id *ast.Ident
	switch x := fun.(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	f, _ := info.Uses[id].(*types.Func)
	return f
}

// fullName is "fmt.Println" or "log.Logger.Println" for a compiled function, with
// the package's whole path.
func fullName(f *types.Func) string {
	if f == nil || f.Pkg() == nil {
		return ""
	}
	if recv := f.Signature().Recv(); recv != nil {
		if named := namedOf(recv.Type()); named != nil {
			return f.Pkg().Path() + "." + named.Obj().Name() + "." + f.Name()
		}
		return ""
	}
	return f.Pkg().Path() + "." + f.Name()
}

// namedOf is the defined type of t or of what t points to, or nil.
func namedOf(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// isOwn reports whether a defined type belongs to the program.
func isOwn(n *types.Named) bool {
	return n != nil && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == mainPackage
}

// isCompiled reports whether an object belongs to another package.
func isCompiled(o types.Object) bool {
	return o != nil && o.Pkg() != nil && o.Pkg().Path() != mainPackage
}

func isInterface(t types.Type) bool { return t != nil && types.IsInterface(t) && !isTypeParam(t) }

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

func isEmptyInterface(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

func isErrorType(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isCompiledFunc(f *types.Func) bool { return f != nil && isCompiled(f) }
