package interp

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Codes of constructs that need types the interpreter does not have: most of a
// program's own types are nameless structs to it.
const (
	CodeTypeIdentity  = "type-identity"      // type, other, under
	CodeCompare       = "interface-compare"  // type
	CodeInterfaceCase = "interface-case"     // type
	CodeErrorSwitch   = "error-type-switch"  // type
	CodeErrorAssert   = "error-assertion"    // type
	CodeErrorMethod   = "error-method"       // function, type
	CodeErrorAs       = "error-as"           //
	CodeErrorIs       = "error-is"           //
	CodeErrorValue    = "error-value"        // type
	CodeTypedNil      = "typed-nil"          // type
	CodeRecursiveType = "recursive-type"     // name
	CodeVariadicIface = "variadic-interface" // type, into
	CodeInference     = "type-inference"     // name, types
	CodeGenericMethod = "generic-method"     // name
	CodeConstant      = "typed-constant"     // name
	CodeGenericIface  = "generic-interface"  // type, into
)

func (l *linter) checkCall(n *ast.CallExpr) {
	l.checkRecover(n)
	fn := callee(l.info, n)
	l.checkInference(n)
	if isCompiledFunc(fn) {
		l.checkErrors(n, fullName(fn))
		l.checkOutput(n, fullName(fn))
	}
}

// checkErrors: the errors package cannot look into a program's own types.
func (l *linter) checkErrors(n *ast.CallExpr, name string) {
	switch name {
	case "errors.Is", "errors.As", "errors.Unwrap":
		if own := l.facts.ownMethod("Unwrap", "Is", "As"); own != nil {
			l.refuse(n, CodeErrorMethod, params{"function": name, "type": own.Obj().Name()})
			return
		}
	}
	switch {
	case name == "errors.As" && len(n.Args) == 2 && mentionsOwn(l.typeOf(n.Args[1])):
		l.refuse(n, CodeErrorAs, nil)
	case name == "errors.Is" && len(n.Args) == 2 && mentionsOwn(l.typeOf(n.Args[1])):
		l.refuse(n, CodeErrorIs, nil)
	}
}

// mentionsOwn reports whether a type or what it points to is defined by the program.
func mentionsOwn(t types.Type) bool {
	if t == nil {
		return false
	}
	for {
		p, ok := types.Unalias(t).(*types.Pointer)
		if !ok {
			break
		}
		t = p.Elem()
	}
	return isOwn(namedOf(t))
}

func (l *linter) checkAssert(n *ast.TypeAssertExpr) {
	if n.Type != nil {
		if own, _ := types.Unalias(l.typeOf(n.Type)).(*types.Named); isOwn(own) && !isInterface(own) && isErrorType(l.typeOf(n.X)) {
			l.refuse(n.Type, CodeErrorAssert, params{"type": own.Obj().Name()})
			return
		}
		l.checkCase(n.X, n.Type)
	}
}

func (l *linter) checkTypeSwitch(n *ast.TypeSwitchStmt) {
	var x ast.Expr
	switch a := n.Assign.(type) {
	case *ast.AssignStmt:
		x = a.Rhs[0].(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		x = a.X.(*ast.TypeAssertExpr).X
	}
	for _, s := range n.Body.List {
		for _, t := range s.(*ast.CaseClause).List {
			if isNil(l.info, t) {
				continue
			}
			if isErrorType(l.typeOf(x)) && isOwn(namedOf(l.typeOf(t))) {
				l.refuse(t, CodeErrorSwitch, params{"type": types.ExprString(t)})
				continue
			}
			l.checkCase(x, t)
		}
	}
}

// checkCase: what a value in an interface is, is known only roughly.
func (l *linter) checkCase(x, caseExpr ast.Expr) {
	t := l.typeOf(caseExpr)
	if isInterface(t) {
		l.checkInterfaceCase(x, caseExpr, t)
		return
	}
	if own := l.confusedWith(t); own != nil {
		l.refuse(caseExpr, CodeTypeIdentity, params{
			"type": types.ExprString(caseExpr), "other": own.Obj().Name(), "under": types.TypeString(elem(t).Underlying(), shortly),
		})
	}
}

// checkInterfaceCase allows an interface of the program where only its own types can be.
func (l *linter) checkInterfaceCase(x, caseExpr ast.Expr, t types.Type) {
	if from := l.typeOf(x); isOwn(namedOf(t)) && !isEmptyInterface(t) {
		if isOwn(namedOf(from)) && !isEmptyInterface(from) {
			return
		}
		compiled := false
		for _, b := range l.facts.boxed {
			named := namedOf(b)
			compiled = compiled || named != nil && isCompiled(named.Obj()) && types.Implements(b, t.Underlying().(*types.Interface))
		}
		if !compiled && isEmptyInterface(from) {
			return
		}
	}
	l.refuse(caseExpr, CodeInterfaceCase, params{"type": types.ExprString(caseExpr)})
}

// confusedWith is another type that the interpreter takes for t, if one of the two
// is ever put into an interface.
func (l *linter) confusedWith(t types.Type) *types.Named {
	t = elem(t)
	for _, b := range l.facts.boxed {
		b = elem(b)
		if types.Identical(b, t) || !types.IdenticalIgnoreTags(b.Underlying(), t.Underlying()) {
			continue
		}
		if named, ok := b.(*types.Named); ok && isOwn(named) {
			return named
		}
		if named, ok := t.(*types.Named); ok && isOwn(named) {
			return named
		}
	}
	return nil
}

func elem(t types.Type) types.Type {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		return types.Unalias(p.Elem())
	}
	return t
}

// checkCompare: two interfaces are equal when what is underneath is.
func (l *linter) checkCompare(n *ast.BinaryExpr) {
	if n.Op != token.EQL && n.Op != token.NEQ || isNil(l.info, n.X) || isNil(l.info, n.Y) {
		return
	}
	x, y := l.typeOf(n.X), l.typeOf(n.Y)
	if !isInterface(x) && !isInterface(y) {
		return
	}
	for _, b := range append([]types.Type{x, y}, l.facts.boxed...) {
		if own := namedOf(b); isOwn(own) && !isInterface(own) && fits(b, x) && fits(b, y) {
			l.refuse(n, CodeCompare, params{"type": own.Obj().Name()})
			return
		}
	}
}

// fits reports whether a value of type t could be in a variable of type in.
func fits(t, in types.Type) bool {
	i, ok := in.Underlying().(*types.Interface)
	return !ok || types.Implements(t, i)
}

// checkBoxes looks at each conversion to an interface that the current node causes.
func (l *linter) checkBoxes(n ast.Node) {
	for _, b := range boxes(l.info, n) {
		l.checkTypedNil(b)
		l.checkVariadic(b)
		l.checkErrorBox(b)
		l.checkGenericBox(b)
		l.checkAnyArgument(b)
	}
}

// checkTypedNil: a nil pointer in an interface is a nil interface to the interpreter.
func (l *linter) checkTypedNil(b box) {
	if _, ok := b.from.Underlying().(*types.Pointer); !ok || !mentionsOwn(b.from) {
		return
	}
	if b.call != nil {
		if _, prints := printers[fullName(callee(l.info, b.call))]; prints {
			return
		}
	}
	v := l.varOf(b.expr)
	_, lookup := ast.Unparen(b.expr).(*ast.IndexExpr)
	if v != nil && l.facts.bare[v] || lookup {
		l.refuse(b.expr, CodeTypedNil, params{"type": types.TypeString(b.from, shortly)})
	}
}

// shortly names the program's own types without a package.
func shortly(p *types.Package) string {
	if p.Path() == mainPackage {
		return ""
	}
	return p.Name()
}

// checkVariadic: an own type does not fit a compiled function's ...io.Writer.
func (l *linter) checkVariadic(b box) {
	if b.call == nil || isEmptyInterface(b.to) || !mentionsOwn(b.from) || !isCompiledFunc(callee(l.info, b.call)) {
		return
	}
	sig, ok := typeOrNil(l.typeOf(b.call.Fun)).(*types.Signature)
	if ok && sig.Variadic() && b.param >= sig.Params().Len()-1 {
		l.refuse(b.expr, CodeVariadicIface, b.types())
	}
}

// checkErrorBox: an own error is an error only where it is returned.
func (l *linter) checkErrorBox(b box) {
	if mentionsOwn(b.from) && isErrorType(b.to) && b.place != "return" {
		l.refuse(b.expr, CodeErrorValue, params{"type": types.TypeString(b.from, shortly)})
	}
}

func (l *linter) checkGenericBox(b box) {
	from, to := namedOf(b.from), namedOf(b.to)
	if isOwn(from) && from.TypeArgs().Len() > 0 && !isEmptyInterface(b.to) && (isOwn(to) || isCompiled(to.Obj())) {
		l.refuse(b.expr, CodeGenericIface, b.types())
	}
}

// types names what is converted, and into what.
func (b box) types() params {
	return params{"type": types.TypeString(b.from, shortly), "into": types.TypeString(b.to, shortly)}
}

// checkInference: type arguments are found from plain parameters only.
func (l *linter) checkInference(n *ast.CallExpr) {
	id := genericName(n.Fun)
	if id == nil {
		return
	}
	inst, ok := l.info.Instances[id]
	f, isFunc := l.info.Uses[id].(*types.Func)
	if !ok || !isFunc || isCompiledFunc(f) {
		return
	}
	sig := f.Signature()
	for i := range sig.TypeParams().Len() {
		if !inferredPlainly(sig, sig.TypeParams().At(i), n) {
			l.refuse(n, CodeInference, params{"name": f.Name(), "types": typeArgs(inst.TypeArgs)})
			return
		}
	}
}

// genericName is the identifier of a call without explicit type arguments.
func genericName(fun ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(fun).(*ast.Ident)
	return id
}

func typeArgs(list *types.TypeList) string {
	var names []string
	for t := range list.Types() {
		names = append(names, types.TypeString(t, shortly))
	}
	return strings.Join(names, ", ")
}

// inferredPlainly reports whether a parameter is T, []T, *T or a map of T.
func inferredPlainly(sig *types.Signature, p *types.TypeParam, n *ast.CallExpr) bool {
	params := sig.Params().Len()
	if sig.Variadic() {
		params--
	}
	for i := range min(params, len(n.Args)) {
		switch t := sig.Params().At(i).Type().(type) {
		case *types.TypeParam:
			if t == p {
				return true
			}
		case *types.Slice:
			if t.Elem() == p {
				return true
			}
		case *types.Map:
			if t.Key() == p || t.Elem() == p {
				return true
			}
		}
	}
	return false
}

// checkFuncDecl: methods of generic types may speak of their own instance only.
func (l *linter) checkFuncDecl(n *ast.FuncDecl) {
	fn, ok := l.info.Defs[n.Name].(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return
	}
	recv := namedOf(fn.Signature().Recv().Type())
	if recv == nil || recv.TypeArgs().Len() == 0 {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if tv := l.info.Types[e]; tv.IsType() {
			if other := namedOf(tv.Type); other != nil && other.Origin() == recv.Origin() && other.TypeArgs().Len() > 0 && !types.Identical(other, recv) {
				l.refuse(e, CodeGenericMethod, params{"name": recv.Obj().Name()})
				return false
			}
		}
		return true
	})
}

// checkTypes: a defined type other than a struct may not contain itself.
func (l *linter) checkTypes() {
	for _, t := range l.facts.types {
		switch t.Underlying().(type) {
		case *types.Struct, *types.Interface, *types.Basic:
			continue
		}
		if mentions(t.Underlying(), t, 0) {
			l.refuse(posNode(t.Obj().Pos()), CodeRecursiveType, params{"name": t.Obj().Name()})
		}
	}
}

// posNode is a node of no length at a position.
func posNode(p token.Pos) ast.Node { return &ast.Ident{NamePos: p} }

// mentions reports whether a type literal names the defined type.
func mentions(in types.Type, t *types.Named, depth int) bool {
	if depth > 10 {
		return false
	}
	switch x := types.Unalias(in).(type) {
	case *types.Named:
		return x == t
	case *types.Pointer:
		return mentions(x.Elem(), t, depth+1)
	case *types.Slice:
		return mentions(x.Elem(), t, depth+1)
	case *types.Array:
		return mentions(x.Elem(), t, depth+1)
	case *types.Chan:
		return mentions(x.Elem(), t, depth+1)
	case *types.Map:
		return mentions(x.Key(), t, depth+1) || mentions(x.Elem(), t, depth+1)
	case *types.Signature:
		for v := range x.Params().Variables() {
			if mentions(v.Type(), t, depth+1) {
				return true
			}
		}
		for v := range x.Results().Variables() {
			if mentions(v.Type(), t, depth+1) {
				return true
			}
		}
	}
	return false
}

// checkConsts: a typed constant that is computed has a value that equals nothing and
// is no key of a map.
func (l *linter) checkConsts(n *ast.GenDecl) {
	if n.Tok != token.CONST {
		return
	}
	var values []ast.Expr // of this line, or of the one that it repeats
	for _, s := range n.Specs {
		spec := s.(*ast.ValueSpec)
		if len(spec.Values) > 0 {
			values = spec.Values
		}
		for i, id := range spec.Names {
			b, basic := types.Unalias(l.typeOf(id)).(*types.Basic)
			if id.Name == "_" || basic && b.Info()&types.IsUntyped != 0 || i >= len(values) || isPlain(values[i]) {
				continue
			}
			l.refuse(id, CodeConstant, params{"name": id.Name})
			return
		}
	}
}

// isPlain reports whether a constant is a literal, with a sign or not, or just iota.
func isPlain(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "iota" || e.Name == "true" || e.Name == "false"
	case *ast.UnaryExpr:
		return isPlain(e.X)
	}
	return false
}
