package interp

import (
	"go/ast"

	"golang.org/x/tools/go/ast/astutil"
)

// isolate gives each value of a function literal a frame of its own.
//
// The interpreter keeps the newest value of a literal in a slot of the frame in which it
// stands, and when a call of an older one ends, puts back what was there before. If that
// call is another goroutine's, this one starts or hands on a function of an earlier turn
// of its loop, with that turn's variables: of 20 000 goroutines that a loop starts, a
// few; of those that sync.WaitGroup.Go starts, hundreds. So
//
//	go func(n int) { … }(i)      becomes   func() { go func(n int) { … }(i) }()
//	wg.Go(func() { … })          becomes   wg.Go(func() func() { return func() { … } }())
//
// which mean the same in Go. A literal that is called where it stands, by go alone
// excepted, ends before the next one is made, and is left as it is; so is one outside of
// any function, which is only made once.
func isolate(tree *ast.File) {
	ast.Inspect(tree, func(n ast.Node) bool {
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.FuncDecl:
			body = n.Body
		case *ast.FuncLit: // of a package variable
			body = n.Body
		}
		if body != nil {
			astutil.Apply(body, nil, isolateOne)
		}
		return body == nil
	})
}

// isolateOne is called for a node after those in it.
func isolateOne(c *astutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.GoStmt:
		if _, ok := ast.Unparen(n.Call.Fun).(*ast.FuncLit); ok {
			c.Replace(&ast.ExprStmt{X: called(n, nil, n)})
		}
	case *ast.FuncLit:
		if call, ok := c.Parent().(*ast.CallExpr); ok && call.Fun == ast.Expr(n) {
			return true
		}
		c.Replace(called(n, n.Type, &ast.ReturnStmt{Return: n.Pos(), Results: []ast.Expr{n}}))
	}
	return true
}

// called is the call of a function that does one thing, at the place of a node.
func called(at ast.Node, result *ast.FuncType, does ast.Stmt) *ast.CallExpr {
	signature := &ast.FuncType{Func: at.Pos(), Params: &ast.FieldList{Opening: at.Pos(), Closing: at.Pos()}}
	if result != nil {
		signature.Results = &ast.FieldList{List: []*ast.Field{{Type: result}}}
	}
	return &ast.CallExpr{
		Fun:    &ast.FuncLit{Type: signature, Body: &ast.BlockStmt{Lbrace: at.Pos(), List: []ast.Stmt{does}, Rbrace: at.End()}},
		Lparen: at.End(), Rparen: at.End(),
	}
}
