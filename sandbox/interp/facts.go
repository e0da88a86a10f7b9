package interp

import (
	"go/ast"
	"go/token"
	"go/types"
)

// facts are what the lint knows of a whole program before it judges a part of it.
type facts struct {
	writes   map[*types.Var]int  // assignments to a variable or field after its declaration
	touches  map[*types.Var]int  // the same for a part of it; taking its address counts
	types    []*types.Named      // the program's defined types
	boxed    []types.Type        // what is converted to an interface that can meet other values (see passesBy)
	calls    map[string]bool     // compiled functions that are called, by full name
	mayFail  bool                // an index, a division, an assertion or a nil pointer could panic
	results  map[*types.Var]bool // named results
	loopVar  map[*types.Var]ast.Node
	captured map[*types.Var]bool // used by a function literal that it is not declared in, or its address is taken
	bare     map[*types.Var]bool // pointers declared without a value, or set to nil
}

func learn(files []*ast.File, info *types.Info) *facts {
	f := &facts{
		writes: make(map[*types.Var]int), touches: make(map[*types.Var]int), calls: make(map[string]bool), results: make(map[*types.Var]bool),
		loopVar: make(map[*types.Var]ast.Node), bare: make(map[*types.Var]bool), captured: make(map[*types.Var]bool),
	}
	for _, tree := range files {
		ast.Inspect(tree, func(n ast.Node) bool {
			f.learnNode(n, info)
			for _, box := range boxes(info, n) {
				if !passesBy(info, box) {
					f.boxed = append(f.boxed, box.from)
				}
			}
			return true
		})
	}
	for _, o := range info.Defs {
		if tn, ok := o.(*types.TypeName); ok && !tn.IsAlias() {
			if named, ok := tn.Type().(*types.Named); ok {
				f.types = append(f.types, named)
			}
		}
	}
	return f
}

// passesBy reports whether a value is put into an interface only for a compiled
// function that does not give it back as an any: a printer, or one that wants an
// io.Reader or the like. Keys of a context are looked up by nobody else.
func passesBy(info *types.Info, b box) bool {
	if b.call == nil {
		return false
	}
	fn := callee(info, b.call)
	if !isCompiledFunc(fn) {
		return false
	}
	name := fullName(fn)
	_, prints := printers[name]
	key := name == "context.WithValue" && b.param == 1 || name == "context.Context.Value"
	return prints || key || !isEmptyInterface(b.to)
}

func (f *facts) learnNode(n ast.Node, info *types.Info) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			f.write(info, lhs)
			if len(n.Rhs) == len(n.Lhs) && isNil(info, n.Rhs[i]) {
				f.markBare(info, lhs)
			}
		}
		f.mayFail = f.mayFail || n.Tok == token.QUO_ASSIGN || n.Tok == token.REM_ASSIGN
	case *ast.IncDecStmt:
		f.write(info, n.X)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			if v, ok := info.Uses[rootOrBlank(n.X)].(*types.Var); ok {
				f.captured[v] = true
			}
			f.write(info, n.X)
		}
	case *ast.RangeStmt:
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil && n.Tok == token.ASSIGN {
				f.write(info, e)
			}
			f.markLoop(info, e, n, n.Tok == token.DEFINE)
		}
	case *ast.ForStmt:
		if init, ok := n.Init.(*ast.AssignStmt); ok && init.Tok == token.DEFINE {
			for _, e := range init.Lhs {
				f.markLoop(info, e, n, true)
			}
		}
	case *ast.ValueSpec:
		for _, id := range n.Names {
			if len(n.Values) == 0 {
				f.markBare(info, id)
			}
		}
	case *ast.FuncType:
		f.markResults(info, n)
	case *ast.FuncLit:
		f.markCaptured(info, n)
	case *ast.CallExpr:
		if fn := callee(info, n); isCompiledFunc(fn) {
			f.calls[fullName(fn)] = true
		}
	case *ast.BinaryExpr:
		f.mayFail = f.mayFail || (n.Op == token.QUO || n.Op == token.REM) && info.Types[n.Y].Value == nil
	case *ast.IndexExpr, *ast.SliceExpr, *ast.TypeAssertExpr, *ast.StarExpr:
		f.mayFail = true
	case *ast.SelectorExpr:
		if sel := info.Selections[n]; sel != nil && sel.Kind() == types.FieldVal {
			_, ptr := sel.Recv().Underlying().(*types.Pointer)
			f.mayFail = f.mayFail || ptr
		}
	}
}

func isNil(info *types.Info, e ast.Expr) bool { return info.Types[e].IsNil() }

func (f *facts) write(info *types.Info, e ast.Expr) {
	whole := true
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			if v, ok := info.Uses[x].(*types.Var); ok && whole {
				f.writes[v]++
			} else if ok {
				f.touches[v]++
			}
			return
		case *ast.SelectorExpr: // a field of a struct is a part of the variable
			if v, ok := info.Uses[x.Sel].(*types.Var); ok && whole {
				f.writes[v]++
			}
			e = x.X
		case *ast.IndexExpr: // so is an element of an array
			e = x.X
		default:
			return
		}
		whole = false
	}
}

func (f *facts) markLoop(info *types.Info, e ast.Expr, loop ast.Node, defines bool) {
	if id, ok := e.(*ast.Ident); ok && defines {
		if v, ok := info.Defs[id].(*types.Var); ok {
			f.loopVar[v] = loop
		}
	}
}

func (f *facts) markBare(info *types.Info, e ast.Expr) {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		if v, ok := info.ObjectOf(id).(*types.Var); ok {
			f.bare[v] = true
		}
	}
}

func (f *facts) markResults(info *types.Info, n *ast.FuncType) {
	if n.Results == nil {
		return
	}
	for _, field := range n.Results.List {
		for _, id := range field.Names {
			if v, ok := info.Defs[id].(*types.Var); ok {
				f.results[v] = true
			}
		}
	}
}

// ownMethod reports whether a type of the program has one of the methods.
func (f *facts) ownMethod(names ...string) *types.Named {
	for _, t := range f.types {
		for i := range t.NumMethods() {
			for _, name := range names {
				if t.Method(i).Name() == name {
					return t
				}
			}
		}
	}
	return nil
}

// A box is a conversion to an interface, written or implied.
type box struct {
	expr  ast.Expr
	from  types.Type // not an interface
	to    types.Type // an interface
	place string     // return, argument, assign, element, send, compare
	call  *ast.CallExpr
	param int // of the call
}

// boxes are the conversions to an interface that a node itself causes.
func boxes(info *types.Info, n ast.Node) []box {
	var found []box
	add := func(e ast.Expr, to types.Type, place string) *box {
		from := info.TypeOf(e)
		if e == nil || from == nil || to == nil || !isInterface(to) || isInterface(from) || isNil(info, e) || isTypeParam(from) {
			return nil
		}
		if _, ok := from.(*types.Tuple); ok {
			return nil
		}
		found = append(found, box{expr: e, from: from, to: to, place: place})
		return &found[len(found)-1]
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		boxCall(info, n, add)
	case *ast.AssignStmt:
		if len(n.Lhs) == len(n.Rhs) && n.Tok == token.ASSIGN {
			for i := range n.Lhs {
				add(n.Rhs[i], info.TypeOf(n.Lhs[i]), "assign")
			}
		}
	case *ast.ValueSpec:
		if n.Type != nil {
			for _, v := range n.Values {
				add(v, info.TypeOf(n.Type), "assign")
			}
		}
	case *ast.CompositeLit:
		boxLiteral(info, n, add)
	case *ast.SendStmt:
		if ch, ok := info.TypeOf(n.Chan).Underlying().(*types.Chan); ok {
			add(n.Value, ch.Elem(), "send")
		}
	case *ast.IndexExpr:
		if tv := info.Types[n.X]; tv.IsValue() {
			if m, ok := tv.Type.Underlying().(*types.Map); ok {
				add(n.Index, m.Key(), "element")
			}
		}
	case *ast.FuncDecl:
		if n.Body != nil {
			boxReturns(info, n.Body, info.Defs[n.Name].Type().(*types.Signature), add)
		}
	case *ast.FuncLit:
		boxReturns(info, n.Body, info.TypeOf(n).(*types.Signature), add)
	}
	return found
}

type adder func(e ast.Expr, to types.Type, place string) *box

func boxCall(info *types.Info, n *ast.CallExpr, add adder) {
	tv := info.Types[n.Fun]
	if tv.IsType() {
		if len(n.Args) == 1 {
			add(n.Args[0], tv.Type, "assign")
		}
		return
	}
	sig, ok := typeOrNil(tv.Type).(*types.Signature)
	if !ok {
		return
	}
	for i, arg := range n.Args {
		var to types.Type
		switch last := sig.Params().Len() - 1; {
		case sig.Variadic() && i >= last && !n.Ellipsis.IsValid():
			if s, ok := sig.Params().At(last).Type().(*types.Slice); ok {
				to = s.Elem()
			}
		case i <= last:
			to = sig.Params().At(i).Type()
		}
		if b := add(arg, to, "argument"); b != nil {
			b.call, b.param = n, i
		}
	}
}

func typeOrNil(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func boxLiteral(info *types.Info, n *ast.CompositeLit, add adder) {
	t := typeOrNil(info.TypeOf(n))
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	for i, e := range n.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		value := e
		if keyed {
			value = kv.Value
		}
		switch t := t.(type) {
		case *types.Slice:
			add(value, t.Elem(), "element")
		case *types.Array:
			add(value, t.Elem(), "element")
		case *types.Map:
			add(value, t.Elem(), "element")
			if keyed {
				add(kv.Key, t.Key(), "element")
			}
		case *types.Struct:
			if f := fieldOf(t, i, kv); f != nil {
				add(value, f.Type(), "element")
			}
		}
	}
}

func fieldOf(t *types.Struct, i int, kv *ast.KeyValueExpr) *types.Var {
	if kv == nil {
		if i < t.NumFields() {
			return t.Field(i)
		}
		return nil
	}
	id, ok := kv.Key.(*ast.Ident)
	for j := 0; ok && j < t.NumFields(); j++ {
		if t.Field(j).Name() == id.Name {
			return t.Field(j)
		}
	}
	return nil
}

// boxReturns looks at the return statements of one function, not of those in it.
func boxReturns(info *types.Info, body *ast.BlockStmt, sig *types.Signature, add adder) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == sig.Results().Len() {
				for i, e := range n.Results {
					add(e, sig.Results().At(i).Type(), "return")
				}
			}
		}
		return true
	})
}

func rootOrBlank(e ast.Expr) *ast.Ident {
	if id := rootOf(e); id != nil {
		return id
	}
	return &ast.Ident{Name: "_"}
}

func (f *facts) markCaptured(info *types.Info, lit *ast.FuncLit) {
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := info.Uses[id].(*types.Var); ok && !v.IsField() && (v.Pos() < lit.Pos() || v.Pos() > lit.End()) {
				f.captured[v] = true
			}
		}
		return true
	})
}
