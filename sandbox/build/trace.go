package build

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// mainName is the file whose calls need no file name in the table.
const mainName = "main.go"

// A prepared program is what compile is given.
type prepared struct {
	Files []File   `json:"files"` // the student's, with the trace in them
	Calls []string `json:"calls"`
}

// instrument puts the display-only trace into a program that has no errors:
// before a statement that calls into a package that is traced stands
//
//	brokerlabAt(line, call);/*line main.go:12:3*/
//
// on the same line, so that every position stays what it was. The statement
// itself is not touched. A statement is one in a list (a block, a case, a
// select clause), and only the part of it that runs at once counts: of an if,
// its condition; of a function literal, nothing.
//
//	for d := range deliveries {…}   "receive" is the first statement of the body
//	defer ch.Close()                the trace is deferred after it, so that it runs just before
//	else if ch.IsClosed() {…}       becomes else {brokerlabAt(…); if ch.IsClosed() {…}}
func instrument(c *checked, traced func(path string) bool) prepared {
	t := &tracer{checked: c, traced: traced, index: make(map[string]int)}
	var out prepared
	for i, tree := range c.trees {
		t.file, t.name, t.edits = c.fset.File(tree.FileStart), c.names[i], nil
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				t.list(n.List)
			case *ast.CaseClause:
				t.list(n.Body)
			case *ast.CommClause:
				t.received(n)
				t.list(n.Body)
			case *ast.RangeStmt:
				t.ranged(n)
			case *ast.IfStmt:
				t.otherwise(n)
			}
			return true
		})
		out.Files = append(out.Files, File{Name: t.name, Text: t.apply(c.text[t.name])})
	}
	out.Calls = t.calls
	return out
}

// tracer collects the edits of one file after another, and the table of calls.
type tracer struct {
	*checked
	traced func(path string) bool // whether calls into a package are traced
	file   *token.File
	name   string
	edits  []edit
	calls  []string
	index  map[string]int
}

// An edit inserts text at an offset.
type edit struct {
	offset int
	text   string
}

// list traces each statement of a list that calls a client.
func (t *tracer) list(stmts []ast.Stmt) {
	for _, stmt := range stmts {
		found := t.callsIn(stmt)
		if len(found) == 0 {
			continue
		}
		switch unlabel(stmt).(type) {
		case *ast.CaseClause, *ast.CommClause: // the block of a switch or select has nothing else
		case *ast.DeferStmt:
			t.afterwards(stmt, found)
		default:
			t.before(stmt.Pos(), found)
		}
	}
}

// otherwise traces the condition of an else if, which gets a block of its own. What
// ended in a return before still does.
func (t *tracer) otherwise(n *ast.IfStmt) {
	next, ok := n.Else.(*ast.IfStmt)
	if !ok {
		return
	}
	found := t.callsIn(next)
	if len(found) == 0 {
		return
	}
	t.insert(next.Pos(), "{"+t.records(found))
	t.insert(next.End(), "}")
}

func unlabel(stmt ast.Stmt) ast.Stmt {
	for {
		labeled, ok := stmt.(*ast.LabeledStmt)
		if !ok {
			return stmt
		}
		stmt = labeled.Stmt
	}
}

// A call is a place in the source and the name of what is called there.
type call struct {
	line   int
	name   string
	method bool
}

// callsIn lists the client calls of a statement in the order in which they
// happen. Where there are methods, plain functions are left out: they make
// options and values.
func (t *tracer) callsIn(stmt ast.Stmt) []call {
	var found []call
	for _, part := range runsAtOnce(stmt) {
		found = append(found, t.callsUnder(part)...)
	}
	if slices.ContainsFunc(found, func(c call) bool { return c.method }) {
		found = slices.DeleteFunc(found, func(c call) bool { return !c.method })
	}
	const most = 4
	if len(found) > most {
		found = found[len(found)-most:]
	}
	return found
}

// runsAtOnce lists the parts of a statement that run when it is reached, and
// that are no statements of a list themselves.
func runsAtOnce(stmt ast.Stmt) []ast.Node {
	switch s := stmt.(type) {
	case *ast.LabeledStmt:
		return runsAtOnce(s.Stmt)
	case *ast.BlockStmt, *ast.SelectStmt:
		return commsOf(s)
	case *ast.IfStmt:
		return nodes(s.Init, s.Cond)
	case *ast.ForStmt:
		return nodes(s.Init, s.Cond)
	case *ast.RangeStmt:
		return nodes(s.X)
	case *ast.SwitchStmt:
		return nodes(s.Init, s.Tag)
	case *ast.TypeSwitchStmt:
		return nodes(s.Init, s.Assign)
	}
	return []ast.Node{stmt}
}

// commsOf lists the channel operations of a select, whose operands are
// evaluated when the select is reached.
func commsOf(stmt ast.Stmt) []ast.Node {
	sel, ok := stmt.(*ast.SelectStmt)
	if !ok {
		return nil
	}
	var parts []ast.Node
	for _, clause := range sel.Body.List {
		comm := clause.(*ast.CommClause).Comm //nolint:forcetypeassert // a select has nothing else
		switch comm := comm.(type) {
		case *ast.SendStmt:
			parts = append(parts, comm)
		default:
			if x := receiveOf(comm); x != nil {
				parts = append(parts, x.X)
			}
		}
	}
	return parts
}

// nodes drops the parts that are not there.
func nodes(parts ...ast.Node) []ast.Node {
	return slices.DeleteFunc(parts, func(n ast.Node) bool { return n == nil })
}

// receiveOf is the receive operation of a select case, or nil.
func receiveOf(comm ast.Stmt) *ast.UnaryExpr {
	var x ast.Expr
	switch s := comm.(type) {
	case *ast.ExprStmt:
		x = s.X
	case *ast.AssignStmt:
		x = s.Rhs[0]
	default:
		return nil
	}
	receive, _ := ast.Unparen(x).(*ast.UnaryExpr)
	return receive
}

// callsUnder lists the client calls in a node, arguments before the call that
// takes them. Function literals run later, and are lists of their own.
func (t *tracer) callsUnder(part ast.Node) []call {
	var found []call
	var open []ast.Node
	ast.Inspect(part, func(n ast.Node) bool {
		if n == nil {
			found = t.addCall(found, open[len(open)-1])
			open = open[:len(open)-1]
			return true
		}
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		open = append(open, n)
		return true
	})
	return found
}

// addCall adds n if it is a client call or a receive from a client's channel.
func (t *tracer) addCall(found []call, n ast.Node) []call {
	switch n := n.(type) {
	case *ast.CallExpr:
		if name, at, method := t.callee(n.Fun); name != "" {
			return append(found, call{t.file.Line(at), name, method})
		}
	case *ast.UnaryExpr:
		if name := t.element(n.X); n.Op == token.ARROW && name != "" {
			return append(found, call{t.file.Line(n.Pos()), "receive " + name, true})
		}
	}
	return found
}

// callee names a called function, if it is worth a trace, and the place of its name.
func (t *tracer) callee(fun ast.Expr) (name string, at token.Pos, method bool) {
	switch f := ast.Unparen(fun).(type) {
	case *ast.IndexExpr:
		return t.callee(f.X)
	case *ast.IndexListExpr:
		return t.callee(f.X)
	case *ast.Ident:
		name, method = t.function(t.info.Uses[f], nil)
		return name, f.Pos(), method
	case *ast.SelectorExpr:
		name, method = t.function(t.info.Uses[f.Sel], t.info.Selections[f])
		return name, f.Sel.Pos(), method
	}
	return "", token.NoPos, false
}

// function names a function of a client library, or one of the program's own
// that is declared in another file.
func (t *tracer) function(obj types.Object, sel *types.Selection) (name string, method bool) {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Pkg() == nil {
		return "", false
	}
	elsewhere := fn.Pkg() == t.pkg && t.fset.File(fn.Pos()) != t.file
	if !elsewhere && !t.traced(fn.Pkg().Path()) {
		return "", false
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return shortName(fn.Pkg().Name()) + "." + fn.Name(), elsewhere
	}
	owner := typeName(recv.Type())
	if sel != nil { // the type that the program has, not the one embedded in it
		if outer := sel.Recv(); fromPackage(outer, fn.Pkg()) {
			owner = typeName(outer)
		}
	}
	return owner + "." + fn.Name(), true
}

// element names the type of what a channel of a client's type carries.
func (t *tracer) element(ch ast.Expr) string {
	typ := t.info.Types[ch].Type
	if typ == nil {
		return ""
	}
	c, ok := typ.Underlying().(*types.Chan)
	if !ok {
		return ""
	}
	if named := namedOf(c.Elem()); named != nil && named.Obj().Pkg() != nil && t.traced(named.Obj().Pkg().Path()) {
		return typeName(c.Elem())
	}
	return ""
}

// talks reports whether calls into a package are traced: clients, and HTTP. Some
// of the clients' packages only hold values.
func talks(path string) bool {
	switch lastElem(path) {
	case "aws", "types", "frame", "kerr", "kmsg", "credentials":
		return false
	}
	return path == "net/http" || isClient(path)
}

func namedOf(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

func fromPackage(t types.Type, pkg *types.Package) bool {
	named := namedOf(t)
	return named != nil && named.Obj().Pkg() == pkg
}

// typeName is "amqp.Channel" for *amqp091.Channel.
func typeName(t types.Type) string {
	named := namedOf(t)
	if named == nil || named.Obj().Pkg() == nil {
		return "?"
	}
	return shortName(named.Obj().Pkg().Name()) + "." + named.Obj().Name()
}

// ranged traces each turn of a loop over a client's channel.
func (t *tracer) ranged(n *ast.RangeStmt) {
	if name := t.element(n.X); name != "" {
		t.before(n.Body.Lbrace+1, []call{{t.file.Line(n.X.Pos()), "receive " + name, true}})
	}
}

// received traces a select case that was taken because a client's channel had something.
func (t *tracer) received(n *ast.CommClause) {
	receive := receiveOf(n.Comm)
	if receive == nil {
		return
	}
	if name := t.element(receive.X); name != "" {
		t.before(n.Colon+1, []call{{t.file.Line(receive.Pos()), "receive " + name, true}})
	}
}

// before puts records in front of what stands at pos.
func (t *tracer) before(pos token.Pos, found []call) { t.insert(pos, t.records(found)) }

// records are the statements that make the records of calls.
func (t *tracer) records(found []call) string {
	var b strings.Builder
	for _, c := range found {
		fmt.Fprintf(&b, "brokerlabAt(%d,%d);", c.line, t.number(c.name))
	}
	return b.String()
}

// insert puts a text in front of what stands at pos.
func (t *tracer) insert(pos token.Pos, text string) {
	offset := t.file.Offset(pos)
	t.edits = append(t.edits, edit{offset, text + t.mark(offset)})
}

// afterwards defers records after a deferred call, so that they are made just
// before it runs.
func (t *tracer) afterwards(stmt ast.Stmt, found []call) {
	last := found[len(found)-1]
	t.insert(stmt.End(), fmt.Sprintf(";defer brokerlabAt(%d,%d)", last.line, t.number(last.name)))
}

// mark tells the compiler which place of the student's file comes next.
func (t *tracer) mark(offset int) string {
	pos := t.fset.PositionFor(t.file.Pos(offset), false)
	return fmt.Sprintf("/*line %s:%d:%d*/", t.name, pos.Line, pos.Column)
}

// number finds a name in the table of calls, or adds it.
func (t *tracer) number(name string) int {
	if t.name != mainName {
		name += " @" + t.name
	}
	n, ok := t.index[name]
	if !ok {
		n = len(t.calls)
		t.index[name] = n
		t.calls = append(t.calls, name)
	}
	return n
}

// apply makes the edits in a text.
func (t *tracer) apply(text string) string {
	slices.SortStableFunc(t.edits, func(a, b edit) int { return cmp.Compare(a.offset, b.offset) })
	var b strings.Builder
	last := 0
	for _, e := range t.edits {
		b.WriteString(text[last:e.offset])
		b.WriteString(e.text)
		last = e.offset
	}
	b.WriteString(text[last:])
	return b.String()
}
