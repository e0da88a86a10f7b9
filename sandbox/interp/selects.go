package interp

import (
	"go/ast"
	"go/token"
	"reflect"
	"strconv"

	"github.com/traefik/yaegi/interp"
	"golang.org/x/tools/go/ast/astutil"
)

// A select of the interpreter has one list of cases for all goroutines that come to it,
// so that workers wait on each other's channels, and receive each other's messages. So
// what is interpreted is
//
//	select {                        {
//	case v, ok := <-in:               r0 := in
//		…                             r1 := out
//	case out <- x:                    h1 := brokerlabselect.Offer(&r1)
//		…                             r1 <- x
//	case <-done:                      r2 := done
//		…                             n := brokerlabselect.Select(false, &r0, h1, r2)
//	default:                          if n == 0 {
//		…                             	v, ok := <-r0
//	}                                 	…
//	                                  } else if n == 1 {
//	                                  	…
//
// with the same channels and values, looked at in the same order, once. What is received
// comes through a channel of the same type, made for this one value, so that the
// interpreter sees no type that is not in the program.
const (
	selectName = "brokerlabselect"
	selectPath = "brokerlab/select"
)

// selectExports are the symbols of the calls that ownSelects writes.
func selectExports() interp.Exports {
	return interp.Exports{selectPath + "/" + selectName: {
		"Offer": reflect.ValueOf(offer), "Select": reflect.ValueOf(selectOne),
	}}
}

// An offering is what a case of a select would send.
type offering struct {
	to    reflect.Value // the channel of the program
	value reflect.Value // a channel that has the value
}

// offer takes the channel out of a variable, and puts one into it that takes the value
// to be sent.
func offer(channel any) *offering {
	at := reflect.ValueOf(channel).Elem()
	o := &offering{to: reflect.ValueOf(at.Interface()), value: single(at.Type())}
	at.Set(o.value)
	return o
}

// single makes a channel for one value of the kind that channels of a type take.
func single(t reflect.Type) reflect.Value {
	return reflect.MakeChan(reflect.ChanOf(reflect.BothDir, t.Elem()), 1)
}

// selectOne waits for one of the cases, or only looks, and returns its number; -1 is the
// default. A case is an *offering, a channel from which something is received that
// nobody wants, or a pointer to a channel, which then holds what was received.
func selectOne(wait bool, cases ...any) int {
	all := make([]reflect.SelectCase, len(cases), len(cases)+1)
	for i, c := range cases {
		if o, ok := c.(*offering); ok {
			v, _ := o.value.TryRecv()
			all[i] = reflect.SelectCase{Dir: reflect.SelectSend, Chan: o.to, Send: v}
			continue
		}
		from := reflect.ValueOf(c)
		if from.Kind() == reflect.Pointer {
			from = from.Elem()
		}
		all[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(from.Interface())}
	}
	if !wait {
		all = append(all, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	n, got, ok := reflect.Select(all)
	if n == len(cases) {
		return -1
	}
	if at := reflect.ValueOf(cases[n]); all[n].Dir == reflect.SelectRecv && at.Kind() == reflect.Pointer {
		held := single(at.Elem().Type())
		if ok {
			held.Send(got)
		}
		held.Close()
		at.Elem().Set(held)
	}
	return n
}

// ownSelects rewrites the selects of a file that has passed the lint.
func ownSelects(tree *ast.File) {
	found := 0
	for _, decl := range tree.Decls {
		astutil.Apply(decl, nil, func(c *astutil.Cursor) bool {
			if s, ok := c.Node().(*ast.SelectStmt); ok && len(s.Body.List) > 0 {
				found++
				c.Replace((&selecting{at: s.Pos(), number: found}).rewrite(s))
			}
			return true
		})
	}
	if found > 0 {
		addImport(tree, selectName, selectPath)
	}
}

// selecting is one select that is rewritten.
type selecting struct {
	at     token.Pos
	number int
	before []ast.Stmt // what is looked at before anything is waited for
	cases  []ast.Expr
}

func (s *selecting) rewrite(old *ast.SelectStmt) ast.Stmt {
	wait := "true"
	var last ast.Stmt // the else of the last case
	bodies := make([]*ast.BlockStmt, 0, len(old.Body.List))
	for _, clause := range old.Body.List {
		c := clause.(*ast.CommClause) // the parser puts nothing else there
		if c.Comm == nil {
			wait, last = "false", &ast.BlockStmt{Lbrace: c.Pos(), List: c.Body, Rbrace: c.End()}
			continue
		}
		bodies = append(bodies, &ast.BlockStmt{Lbrace: c.Pos(), List: append(s.comm(c.Comm), c.Body...), Rbrace: c.End()})
	}
	chosen := s.name("n", 0)
	call := s.call("Select", append([]ast.Expr{s.ident(wait)}, s.cases...)...)
	for i := len(bodies) - 1; i >= 0; i-- {
		last = &ast.IfStmt{If: bodies[i].Pos(), Body: bodies[i], Else: last, Cond: &ast.BinaryExpr{
			X: s.ident(chosen), OpPos: s.at, Op: token.EQL, Y: &ast.BasicLit{ValuePos: s.at, Kind: token.INT, Value: strconv.Itoa(i)},
		}}
	}
	list := append(s.before, s.define(chosen, call))
	if last != nil {
		list = append(list, last)
	}
	return &ast.BlockStmt{Lbrace: s.at, List: list, Rbrace: old.End()}
}

// comm notes a case, and returns what begins its body.
func (s *selecting) comm(comm ast.Stmt) []ast.Stmt {
	i := len(s.cases)
	channel := s.name("r", i)
	switch comm := comm.(type) {
	case *ast.SendStmt:
		held := s.name("h", i)
		s.before = append(s.before, s.define(channel, comm.Chan), s.define(held, s.call("Offer", s.address(channel))),
			&ast.SendStmt{Chan: s.ident(channel), Arrow: comm.Arrow, Value: comm.Value})
		s.cases = append(s.cases, s.ident(held))
		return nil
	case *ast.AssignStmt:
		receive := ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr)
		s.before = append(s.before, s.define(channel, receive.X))
		s.cases = append(s.cases, s.address(channel))
		from := &ast.UnaryExpr{OpPos: receive.OpPos, Op: token.ARROW, X: s.ident(channel)}
		if comm.Tok == token.DEFINE {
			return []ast.Stmt{&ast.AssignStmt{Lhs: comm.Lhs, TokPos: comm.TokPos, Tok: token.DEFINE, Rhs: []ast.Expr{from}}}
		}
		// Received into new variables first: see the rule receive of the lint.
		var fresh, out []ast.Stmt
		define := &ast.AssignStmt{TokPos: comm.TokPos, Tok: token.DEFINE, Rhs: []ast.Expr{from}}
		for k, lhs := range comm.Lhs {
			name := "_"
			if id, ok := lhs.(*ast.Ident); !ok || id.Name != "_" {
				name = s.name([]string{"v", "o"}[k], i)
				out = append(out, &ast.AssignStmt{Lhs: []ast.Expr{lhs}, TokPos: comm.TokPos, Tok: token.ASSIGN, Rhs: []ast.Expr{s.ident(name)}})
			}
			define.Lhs = append(define.Lhs, s.ident(name))
		}
		if len(out) > 0 {
			fresh = []ast.Stmt{define}
		}
		return append(fresh, out...)
	case *ast.ExprStmt:
		receive := ast.Unparen(comm.X).(*ast.UnaryExpr)
		s.before = append(s.before, s.define(channel, receive.X))
		s.cases = append(s.cases, s.ident(channel))
	}
	return nil
}

// name makes a name that no program has. It is the select's own, since a select may
// stand in another.
func (s *selecting) name(letter string, i int) string {
	return selectName + letter + strconv.Itoa(s.number) + "x" + strconv.Itoa(i)
}

func (s *selecting) ident(name string) *ast.Ident { return &ast.Ident{NamePos: s.at, Name: name} }

func (s *selecting) define(name string, value ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{s.ident(name)}, TokPos: s.at, Tok: token.DEFINE, Rhs: []ast.Expr{value}}
}

func (s *selecting) address(name string) ast.Expr {
	return &ast.UnaryExpr{OpPos: s.at, Op: token.AND, X: s.ident(name)}
}

func (s *selecting) call(function string, args ...ast.Expr) ast.Expr {
	return &ast.CallExpr{
		Fun:    &ast.SelectorExpr{X: s.ident(selectName), Sel: s.ident(function)},
		Lparen: s.at, Args: args, Rparen: s.at,
	}
}
