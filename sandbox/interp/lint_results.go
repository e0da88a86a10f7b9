package interp

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Codes of named results. To the interpreter a named result is the caller's
// variable that the call is assigned to, with the value that it has.
const (
	CodeNamedResult  = "named-result"  // name
	CodeResultAlias  = "result-alias"  // name
	CodeInitOrder    = "init-order"    // name, needs
	CodeReceive      = "receive"       //
	CodeReceiveRange = "receive-range" //
	CodeCaseLabel    = "case-label"    //
)

// checkResults: a named result does not begin as zero, so it has to be assigned
// before it is read, returned by a bare return, or left as it is by a panic.
func (l *linter) checkResults(typ *ast.FuncType, body *ast.BlockStmt) {
	if typ.Results == nil || body == nil {
		return
	}
	for _, field := range typ.Results.List {
		for _, id := range field.Names {
			v, ok := l.info.Defs[id].(*types.Var)
			if !ok || id.Name == "_" {
				continue
			}
			if r := l.readEarly(body, v); r != nil {
				l.refuse(r, CodeNamedResult, params{"name": id.Name})
				return
			}
		}
	}
}

// readEarly finds the first place where a named result is used before it was
// assigned by a statement of the body itself, or nil.
func (l *linter) readEarly(body *ast.BlockStmt, v *types.Var) (found ast.Node) {
	set := l.assignedAt(body, v)
	recovers := false
	late := make(map[*ast.FuncLit]bool) // deferred: runs when all results are set
	var visit func(n ast.Node, inLit bool)
	visit = func(root ast.Node, inLit bool) {
		ast.Inspect(root, func(n ast.Node) bool {
			if found != nil {
				return false
			}
			switch n := n.(type) {
			case *ast.DeferStmt:
				if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
					late[lit] = true
				}
			case *ast.FuncLit:
				if late[n] {
					recovers = recovers || l.callsRecover(n) && !l.assigns(n, v)
					return false
				}
				if n != root {
					visit(n.Body, true)
					return false
				}
			case *ast.AssignStmt:
				if n.Tok == token.ASSIGN {
					for _, rhs := range n.Rhs {
						visit(rhs, inLit)
					}
					for _, lhs := range n.Lhs {
						if l.varOf(lhs) != v {
							visit(lhs, inLit)
						}
					}
					return false
				}
			case *ast.ReturnStmt:
				if !inLit && len(n.Results) == 0 && (set == token.NoPos || n.Pos() < set) {
					found = n
				}
			case *ast.Ident:
				if l.info.Uses[n] == v && (set == token.NoPos || n.Pos() < set) {
					found = n
				}
			}
			return true
		})
	}
	visit(body, false)
	if found == nil && recovers && set == token.NoPos {
		return body
	}
	return found
}

// assignedAt is the end of the first statement of the body that assigns v whatever
// happens, or no position.
func (l *linter) assignedAt(body *ast.BlockStmt, v *types.Var) token.Pos {
	for _, s := range body.List {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.ASSIGN {
			continue
		}
		for _, lhs := range a.Lhs {
			if l.varOf(lhs) == v {
				return a.End()
			}
		}
	}
	return token.NoPos
}

func (l *linter) callsRecover(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "recover" {
			_, builtin := l.info.Uses[id].(*types.Builtin)
			found = found || builtin
		}
		return !found
	})
	return found
}

func (l *linter) assigns(root ast.Node, v *types.Var) (found bool) {
	ast.Inspect(root, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN {
			for _, lhs := range a.Lhs {
				found = found || l.varOf(lhs) == v
			}
		}
		return !found
	})
	return found
}

// checkResultAlias: while a function with named results runs, the variable that it
// is assigned to is already overwritten. Nobody else may be looking at it.
func (l *linter) checkResultAlias(n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN || len(n.Rhs) != 1 {
		return
	}
	call, ok := ast.Unparen(n.Rhs[0]).(*ast.CallExpr)
	if !ok || isCompiledFunc(callee(l.info, call)) {
		return
	}
	sig, ok := typeOrNil(l.typeOf(call.Fun)).(*types.Signature)
	if !ok || sig.Results().Len() == 0 || sig.Results().At(0).Name() == "" {
		return
	}
	for _, lhs := range n.Lhs {
		v := l.varOf(lhs)
		if id, ok := lhs.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		if v == nil || v.Parent() == v.Pkg().Scope() || l.facts.captured[v] {
			l.refuse(lhs, CodeResultAlias, params{"name": types.ExprString(lhs)})
			return
		}
	}
}

// checkLabel: the interpreter loses labels within a case, and a select is rewritten to
// what can have none.
func (l *linter) checkLabel(n *ast.LabeledStmt) {
	if _, ok := n.Stmt.(*ast.SelectStmt); ok {
		l.refuse(n.Label, CodeSelectLabel, nil)
		return
	}
	for i := len(l.stack) - 2; i > 0; i-- {
		switch l.stack[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return
		case *ast.CommClause, *ast.CaseClause:
			l.refuse(n.Label, CodeCaseLabel, nil)
			return
		}
	}
}

// checkReceive: a variable that a receive was assigned to cannot be changed any more.
func (l *linter) checkReceive(n *ast.AssignStmt) {
	recv, ok := ast.Unparen(n.Rhs[0]).(*ast.UnaryExpr)
	if len(n.Rhs) != 1 || !ok || recv.Op != token.ARROW {
		return
	}
	for _, lhs := range n.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		v := l.varOf(lhs)
		id, _ := lhs.(*ast.Ident)
		defined := id != nil && l.info.Defs[id] != nil
		if v == nil || !defined || l.isChanged(v) {
			l.refuse(lhs, CodeReceive, nil)
			return
		}
	}
}

func (l *linter) isChanged(v *types.Var) bool {
	return l.facts.writes[v] > 0 || l.facts.touches[v] > 0
}

// checkChanRange is checkReceive for the variable of a range over a channel.
func (l *linter) checkChanRange(n *ast.RangeStmt) {
	if _, ok := typeOrNil(l.typeOf(n.X)).(*types.Chan); !ok || n.Key == nil {
		return
	}
	v := l.varOf(n.Key)
	if id, ok := n.Key.(*ast.Ident); ok && id.Name == "_" {
		return
	}
	if v == nil || n.Tok == token.ASSIGN || l.isChanged(v) {
		l.refuse(n.Key, CodeReceiveRange, nil)
	}
}

// checkInitOrder: the interpreter initializes package variables in the order of
// their text, but for those that an initializer names itself.
func (l *linter) checkInitOrder() {
	done := make(map[*types.Var]bool)
	for i, init := range l.info.InitOrder {
		named := make(map[types.Object]bool)
		calls := false
		ast.Inspect(init.Rhs, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				o := l.info.Uses[id]
				named[o] = true
				f, ok := o.(*types.Func)
				calls = calls || ok && !isCompiled(f)
			}
			return true
		})
		for _, earlier := range l.info.InitOrder[:i] {
			for _, v := range earlier.Lhs {
				if calls && v.Pos() > init.Lhs[0].Pos() && !named[v] && !done[init.Lhs[0]] {
					done[init.Lhs[0]] = true
					l.refuse(init.Rhs, CodeInitOrder, params{"name": init.Lhs[0].Name(), "needs": v.Name()})
				}
			}
		}
	}
}
