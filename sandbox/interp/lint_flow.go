package interp

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/sandbox/interp/allow"
	"github.com/brokerlab/brokerlab/sandbox/interp/symbols"
)

// Codes of constructs whose order or lifetime the interpreter gets wrong.
const (
	CodeLoopVar        = "loop-variable"         // name
	CodeLoopAddress    = "loop-variable-address" // name
	CodeRangeInt       = "range-int"             //
	CodeRangeFunc      = "range-func"            //
	CodeMinMax         = "min-max"               // name
	CodeDeferArgument  = "defer-argument"        //
	CodeDeferReceiver  = "defer-receiver"        // name
	CodeDeferLoop      = "defer-in-loop"         //
	CodeSelectSend     = "select-send"           //
	CodeSelectReceive  = "select-receive"        //
	CodeSelectBreak    = "select-break"          //
	CodeSelectContinue = "select-continue"       //
	CodeSelectLabel    = "select-label"          //
	CodeFallthrough    = "fallthrough"           //
	CodeEmptyCase      = "empty-case"            //
	CodeResultAssign   = "result-assignment"     // name
	CodeRecoverValue   = "recover-value"         //
	CodeMethodValue    = "method-value"          // name
)

// checkIdent looks at uses of variables, builtins and compiled symbols.
func (l *linter) checkIdent(id *ast.Ident) {
	switch o := l.info.Uses[id].(type) {
	case *types.Var:
		l.checkLoopVar(id, o)
	case *types.Builtin:
		if o.Name() == "min" || o.Name() == "max" {
			l.refuse(id, CodeMinMax, params{"name": o.Name()})
		}
	}
	o := l.info.Uses[id]
	if !isCompiled(o) || o.Parent() != o.Pkg().Scope() || symbols.Has(o.Pkg().Path(), o.Name()) {
		return
	}
	why := because(allow.Generic)
	if p, ok := allow.Find(o.Pkg().Path()); ok && !p.Allows(o.Name()) && p.Why != "" {
		why = becauseOf(p)
	}
	l.refuse(id, CodeSymbol, why.with("name", o.Pkg().Name()+"."+o.Name()))
}

// checkLoopVar: the interpreter has one variable per loop, Go one per iteration.
func (l *linter) checkLoopVar(id *ast.Ident, v *types.Var) {
	loop := l.facts.loopVar[v]
	if loop == nil {
		return
	}
	for i := len(l.stack) - 1; i > 0 && l.stack[i] != loop; i-- {
		switch n := l.stack[i].(type) {
		case *ast.FuncLit:
			if !l.runsNow(n, i) {
				l.refuse(id, CodeLoopVar, params{"name": v.Name()})
				return
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && rootOf(n.X) == id {
				l.refuse(n, CodeLoopAddress, params{"name": v.Name()})
				return
			}
		}
	}
}

// runsNow reports whether the function literal at stack[i] is called on the spot.
func (l *linter) runsNow(lit *ast.FuncLit, i int) bool {
	call, ok := l.stack[i-1].(*ast.CallExpr)
	if !ok {
		return false
	}
	if call.Fun == lit {
		switch l.stack[i-2].(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			return false
		}
		return true
	}
	pkg, _, _ := strings.Cut(fullName(callee(l.info, call)), ".")
	return pkg == "sort" || pkg == "strings" || pkg == "bytes"
}

// rootOf is the identifier that a chain of fields and elements begins with, or nil.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func (l *linter) checkRange(n *ast.RangeStmt) {
	switch t := typeOrNil(l.typeOf(n.X)).(type) {
	case *types.Basic:
		if t.Info()&types.IsInteger != 0 {
			l.refuse(n.X, CodeRangeInt, nil)
		}
	case *types.Signature:
		l.refuse(n.X, CodeRangeFunc, nil)
	}
}

// checkDefer: the interpreter evaluates what is deferred when it runs, not when it
// is deferred, and closures in it see the last iteration of a loop.
func (l *linter) checkDefer(n *ast.DeferStmt) {
	for i := len(l.stack) - 2; i > 0; i-- {
		switch l.stack[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			i = 0
		case *ast.ForStmt, *ast.RangeStmt:
			l.refuse(n, CodeDeferLoop, nil)
			return
		}
	}
	for _, arg := range n.Call.Args {
		if !l.isFixed(arg) {
			l.refuse(arg, CodeDeferArgument, nil)
			return
		}
	}
	sel, ok := ast.Unparen(n.Call.Fun).(*ast.SelectorExpr)
	if ok && l.info.Selections[sel] != nil && !l.isFixedReceiver(sel) {
		l.refuse(sel.X, CodeDeferReceiver, params{"name": types.ExprString(sel.X)})
	}
	if v := l.varOf(n.Call.Fun); v != nil && l.facts.writes[v] > 0 {
		l.refuse(n.Call.Fun, CodeDeferReceiver, params{"name": v.Name()})
	}
}

// isFixed reports whether an expression has the same value now and later.
func (l *linter) isFixed(e ast.Expr) bool {
	if l.isConst(e) {
		return true
	}
	v := l.varOf(e)
	return v != nil && l.facts.writes[v] == 0 && l.facts.touches[v] == 0 && !v.IsField()
}

// isFixedReceiver is isFixed for the receiver of a deferred method call, of which
// the parts may change when the method takes a pointer.
func (l *linter) isFixedReceiver(sel *ast.SelectorExpr) bool {
	s := l.info.Selections[sel]
	if s.Kind() == types.FieldVal {
		return l.facts.writes[s.Obj().(*types.Var)] == 0
	}
	_, pointer := s.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer)
	pointer = pointer || isCompiled(s.Obj()) || isInterface(s.Recv())
	for e := sel.X; ; {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			v := l.varOf(x)
			return v == nil || l.facts.writes[v] == 0 && (pointer || l.facts.touches[v] == 0)
		case *ast.SelectorExpr:
			_, part := typeOrNil(l.typeOf(x)).(*types.Struct) // the address of a part stays
			if v, ok := l.info.Uses[x.Sel].(*types.Var); ok && l.facts.writes[v] > 0 && !(part && pointer) {
				return false
			}
			e = x.X
		default:
			return false
		}
	}
}

// checkBranch: break and continue within select go astray.
func (l *linter) checkBranch(n *ast.BranchStmt) {
	if n.Tok != token.BREAK && n.Tok != token.CONTINUE {
		return
	}
	for i := len(l.stack) - 2; i > 0; i-- {
		switch l.stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit, *ast.FuncDecl:
			return
		case *ast.SwitchStmt, *ast.TypeSwitchStmt:
			if n.Tok == token.BREAK && n.Label == nil {
				return
			}
		case *ast.SelectStmt:
			if n.Tok == token.BREAK && n.Label == nil {
				l.refuse(n, CodeSelectBreak, nil)
			} else if n.Tok == token.CONTINUE {
				l.refuse(n, CodeSelectContinue, nil)
			}
			return
		}
	}
}

// checkFallthrough: the interpreter moves default to the end of its switch, so that
// what falls through around it arrives in another case.
func (l *linter) checkFallthrough(n *ast.BranchStmt) {
	if n.Tok != token.FALLTHROUGH {
		return
	}
	body, ok := l.parent(2).(*ast.BlockStmt) // above its case
	if !ok {
		return
	}
	for _, s := range body.List[:len(body.List)-1] {
		if clause, ok := s.(*ast.CaseClause); ok && clause.List == nil {
			l.refuse(n, CodeFallthrough, nil)
			return
		}
	}
}

// checkEmpty: a semicolon alone in a case ends more than the case.
func (l *linter) checkEmpty(n *ast.EmptyStmt) {
	if _, ok := l.parent(1).(*ast.CaseClause); ok && !n.Implicit {
		l.refuse(n, CodeEmptyCase, nil)
	}
}

// checkAssign: a closure that assigns a named result together with others loses it.
func (l *linter) checkAssign(n *ast.AssignStmt) {
	if len(n.Lhs) < 2 {
		return
	}
	i := slices.IndexFunc(l.stack, func(n ast.Node) bool { _, ok := n.(*ast.FuncLit); return ok })
	if i < 0 {
		return
	}
	for _, lhs := range n.Lhs {
		if v := l.varOf(lhs); v != nil && l.facts.results[v] {
			l.refuse(lhs, CodeResultAssign, params{"name": v.Name()})
			return
		}
	}
}

// checkComm: in a select, a value to send is computed wrongly unless it is a variable.
func (l *linter) checkComm(n *ast.CommClause) {
	switch c := n.Comm.(type) {
	case *ast.SendStmt:
		if l.varOf(c.Value) == nil && !l.isConst(c.Value) && !isEmptyStruct(l.typeOf(c.Value)) {
			l.refuse(c.Value, CodeSelectSend, nil)
		}
	case *ast.AssignStmt:
		for _, lhs := range c.Lhs {
			if _, ok := lhs.(*ast.Ident); !ok {
				l.refuse(lhs, CodeSelectReceive, nil)
			}
		}
	}
}

// checkRecover: the value of a panic that Go itself raises has another text.
func (l *linter) checkRecover(call *ast.CallExpr) {
	if id, ok := call.Fun.(*ast.Ident); !ok || id.Name != "recover" || !l.facts.mayFail {
		return
	}
	if _, ok := l.info.Uses[call.Fun.(*ast.Ident)].(*types.Builtin); !ok {
		return
	}
	switch p := l.parent(1).(type) {
	case *ast.ExprStmt, *ast.BinaryExpr:
		return
	case *ast.AssignStmt:
		if v := l.varOf(p.Lhs[0]); v != nil && l.onlyCompared(v) {
			return
		}
	}
	l.refuse(call, CodeRecoverValue, nil)
}

// onlyCompared reports whether a variable is used in comparisons with nil only.
func (l *linter) onlyCompared(v *types.Var) bool {
	uses, compared := 0, 0
	for _, o := range l.info.Uses {
		if o == v {
			uses++
		}
	}
	for _, n := range l.stack[:1] {
		ast.Inspect(n, func(n ast.Node) bool {
			if b, ok := n.(*ast.BinaryExpr); ok && l.varOf(b.X) == v && isNil(l.info, b.Y) {
				compared++
			}
			return true
		})
	}
	return uses == compared
}

// checkSelector: fields and methods that are not offered, and method values.
func (l *linter) checkSelector(n *ast.SelectorExpr) {
	sel := l.info.Selections[n]
	if sel == nil {
		return
	}
	if named := namedOf(sel.Recv()); named != nil && isCompiled(named.Obj()) {
		p, ok := allow.Methods[named.Obj().Pkg().Path()+"."+named.Obj().Name()]
		if ok && !p.Allows(n.Sel.Name) {
			l.refuse(n.Sel, CodeSymbol, becauseOf(p).with("name", named.Obj().Name()+"."+n.Sel.Name))
		}
	}
	if sel.Kind() != types.MethodVal || l.isCalled(n) || isCompiled(sel.Obj()) && !isInterface(sel.Recv()) {
		return
	}
	_, pointer := sel.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer)
	_, inMap := l.parent(1).(*ast.KeyValueExpr)
	if !pointer || len(sel.Index()) > 1 || inMap || isGenericRecv(sel) {
		l.refuse(n, CodeMethodValue, params{"name": types.ExprString(n)})
	}
}

func isGenericRecv(sel *types.Selection) bool {
	named := namedOf(sel.Recv())
	return named != nil && named.TypeArgs().Len() > 0
}

// isCalled reports whether the current node is what its parent calls.
func (l *linter) isCalled(n ast.Expr) bool {
	for i := 1; ; i++ {
		switch p := l.parent(i).(type) {
		case *ast.ParenExpr:
		case *ast.CallExpr:
			return ast.Unparen(p.Fun) == n
		default:
			return false
		}
	}
}

func isEmptyStruct(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	return ok && s.NumFields() == 0
}
