package build

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// maxCompletions bounds one answer; go-redis alone has over 400 methods.
const maxCompletions = 300

// hole stands in the source where the cursor is, so that what is left of a
// statement there still parses: "ch." alone would take the next line along.
const hole = "brokerlabHole"

// complete lists what could stand at a place in one of the files, best first.
// offset counts UTF-16 code units from the start of the file. The source may be
// broken. In a comment or a string nothing could stand.
func (a *analyser) complete(files []File, name string, offset int) []Completion {
	at := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	if at < 0 {
		return nil
	}
	text := files[at].Text
	cursor := offsetOf(text, offset)
	start, end := cursor, cursor
	for start > 0 && isWord(text[start-1]) {
		start--
	}
	for end < len(text) && isWord(text[end]) {
		end++
	}
	prefix := text[start:cursor]
	files = slices.Clone(files)
	files[at].Text = text[:start] + hole + text[end:]

	src, _ := parse(a.fset, files)
	defer src.forget()
	i := slices.Index(src.names, name)
	if i < 0 {
		return nil
	}
	info, pkg := a.typeCheck(src, func(types.Error) {})
	w := &wanted{analyser: a, info: info, pkg: pkg, file: src.trees[i], prefix: prefix}
	w.lookAt(src.trees[i])
	return w.ranked()
}

// wanted collects the completions for one hole.
type wanted struct {
	*analyser
	info   *types.Info
	pkg    *types.Package
	file   *ast.File
	prefix string
	items  []Completion
	near   map[string]int // label → how far away it is declared
}

// lookAt finds the hole and collects what fits into it.
func (w *wanted) lookAt(tree *ast.File) {
	w.near = make(map[string]int)
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if n.Sel.Name == hole {
				w.members(n.X)
				return false
			}
		case *ast.Ident:
			if n.Name == hole {
				w.inScope(n.Pos())
				return false
			}
		case *ast.CompositeLit:
			w.keys(n)
		}
		return true
	})
}

// members collects what can follow x and a dot.
func (w *wanted) members(x ast.Expr) {
	if id, ok := x.(*ast.Ident); ok {
		if pkg, ok := w.info.Uses[id].(*types.PkgName); ok {
			w.packageMembers(pkg.Imported())
			return
		}
		if w.info.Uses[id] == nil && w.info.Types[x].Type == nil {
			w.unimported(id.Name)
			return
		}
	}
	t := w.info.Types[x].Type
	if t == nil {
		return
	}
	if tuple, ok := t.(*types.Tuple); ok {
		if tuple.Len() != 1 {
			return
		}
		t = tuple.At(0).Type()
	}
	if !w.info.Types[x].IsType() {
		w.fields(t, 0, make(map[types.Type]bool))
	}
	w.methods(t)
}

func (w *wanted) packageMembers(pkg *types.Package) {
	for _, name := range pkg.Scope().Names() {
		if obj := pkg.Scope().Lookup(name); obj.Exported() {
			w.add(obj, 0)
		}
	}
}

// unimported offers the members of a package that the program names but does
// not import yet. Only one of that name is looked at: clients before the
// standard library, the shortest path first.
func (w *wanted) unimported(name string) {
	if path := w.pathOf(name); path != "" {
		pkg, err := w.imp.Import(path)
		if err != nil {
			return
		}
		from := len(w.items)
		w.packageMembers(pkg)
		for i := range w.items[from:] {
			w.items[from+i].Import = path
		}
	}
}

// pathOf is the import path of the allowed package that is known by a name.
func (w *wanted) pathOf(name string) string {
	var best string
	for _, p := range w.pack.Allow {
		if shortName(p.Name) != name && p.Name != name {
			continue
		}
		if best == "" || isClient(p.Path) && !isClient(best) || isClient(p.Path) == isClient(best) && len(p.Path) < len(best) {
			best = p.Path
		}
	}
	return best
}

// fields collects the fields of a struct and of the structs within it. A
// recursive struct ends where it comes round again.
func (w *wanted) fields(t types.Type, depth int, seen map[types.Type]bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || seen[t] || depth > 4 {
		return
	}
	seen[t] = true
	for f := range s.Fields() {
		if w.visible(f) {
			w.add(f, depth)
		}
		if f.Embedded() {
			w.fields(f.Type(), depth+1, seen)
		}
	}
}

func (w *wanted) methods(t types.Type) {
	if !types.IsInterface(t) {
		if _, ok := t.Underlying().(*types.Pointer); !ok {
			t = types.NewPointer(t) // a variable's address can be taken
		}
	}
	for m := range types.NewMethodSet(t).Methods() {
		if w.visible(m.Obj()) {
			w.add(m.Obj(), len(m.Index())-1)
		}
	}
}

// keys offers the field names of a struct literal whose next element is the hole.
func (w *wanted) keys(lit *ast.CompositeLit) {
	t := w.info.Types[lit].Type
	if t == nil {
		return
	}
	used := make(map[string]bool)
	asked := false
	for _, e := range lit.Elts {
		if id, ok := e.(*ast.Ident); ok && id.Name == hole {
			asked = true
		}
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				used[id.Name] = true
				asked = asked || id.Name == hole
			}
		}
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || !asked {
		return
	}
	for f := range s.Fields() {
		if w.visible(f) && !used[f.Name()] {
			w.add(f, -1) // before everything else in scope
		}
	}
}

// inScope collects every name that is visible at pos, keywords, and packages.
func (w *wanted) inScope(pos token.Pos) {
	scope := w.pkg.Scope().Innermost(pos)
	if scope == nil {
		scope = w.info.Scopes[w.file]
	}
	for far := 0; scope != nil; far, scope = far+1, scope.Parent() {
		local := scope != w.pkg.Scope() && scope != types.Universe && scope != w.info.Scopes[w.file]
		for _, name := range scope.Names() {
			obj := scope.Lookup(name)
			if local && obj.Pos() >= pos || strings.HasPrefix(name, reserved) {
				continue
			}
			w.add(obj, far)
		}
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		w.put(Completion{Label: tok.String(), Kind: "keyword"}, 20)
	}
	for _, p := range w.pack.Allow {
		if w.prefix != "" && w.pathOf(p.Name) == p.Path {
			w.put(Completion{Label: p.Name, Kind: "package", Detail: strconv.Quote(p.Path), Import: p.Path}, 30)
		}
	}
}

// visible reports whether the program may name a field or a method.
func (w *wanted) visible(obj types.Object) bool {
	return obj.Exported() || obj.Pkg() == w.pkg
}

func (w *wanted) add(obj types.Object, far int) {
	w.put(Completion{Label: obj.Name(), Kind: kindOf(obj), Detail: w.detail(obj)}, far)
}

// put keeps an item that begins like what was typed, unless one of the same
// name is nearer.
func (w *wanted) put(c Completion, far int) {
	if c.Label == "_" || c.Label == hole || len(c.Label) < len(w.prefix) || !strings.EqualFold(c.Label[:len(w.prefix)], w.prefix) {
		return
	}
	if _, ok := w.near[c.Label]; ok {
		return
	}
	w.near[c.Label] = far
	w.items = append(w.items, c)
}

// ranked sorts the items: same case first, then the nearest, then by name.
func (w *wanted) ranked() []Completion {
	slices.SortStableFunc(w.items, func(a, b Completion) int {
		return cmp.Or(
			cmp.Compare(boolRank(strings.HasPrefix(b.Label, w.prefix)), boolRank(strings.HasPrefix(a.Label, w.prefix))),
			cmp.Compare(w.near[a.Label], w.near[b.Label]),
			cmp.Compare(a.Label, b.Label))
	})
	return w.items[:min(len(w.items), maxCompletions)]
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func kindOf(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		if obj.Signature().Recv() != nil {
			return "method"
		}
		return "function"
	case *types.Builtin:
		return "function"
	case *types.TypeName:
		return "type"
	case *types.Const, *types.Nil:
		return "constant"
	case *types.PkgName:
		return "package"
	case *types.Var:
		if obj.IsField() {
			return "field"
		}
	}
	return "variable"
}

// detail is the signature or the type of an object in one short line.
func (w *wanted) detail(obj types.Object) string {
	qualify := func(p *types.Package) string {
		if p == w.pkg {
			return ""
		}
		return shortName(p.Name())
	}
	var text string
	switch obj := obj.(type) {
	case *types.Func:
		text = strings.TrimPrefix(types.TypeString(obj.Type(), qualify), "func")
	case *types.PkgName:
		text = strconv.Quote(obj.Imported().Path())
	case *types.TypeName:
		text = shape(obj.Type())
	case *types.Builtin, *types.Nil:
		return ""
	default:
		text = types.TypeString(obj.Type(), qualify)
	}
	const longest = 160
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// shape names what kind of type a type is.
func shape(t types.Type) string {
	switch t.Underlying().(type) {
	case *types.Struct:
		return "struct"
	case *types.Interface:
		return "interface"
	case *types.Signature:
		return "func"
	}
	return types.TypeString(t.Underlying(), func(p *types.Package) string { return p.Name() })
}

// shortName is the name that programs know a package by. amqp091-go's own name
// is amqp091, and everybody imports it as amqp.
func shortName(name string) string {
	if name == "amqp091" {
		return "amqp"
	}
	return name
}
