package interp

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
)

// A FailedMessage is a message id that a check.go fails with.
type FailedMessage struct {
	ID   string
	Line int
}

// LintCheck reads a lab's own check as a child would, without running it. It gives
// what would be refused, and the constant message ids that the check fails with. The
// error is ours.
func LintCheck(name, source string) (found []Diagnostic, messages []FailedMessage, err error) {
	imp, err := bundle.New()
	if err != nil {
		return nil, nil, err
	}
	p := load(token.NewFileSet(), []File{{Name: name, Text: source}}, imp, modeCheck)
	if len(p.found) > 0 {
		return p.found, nil, nil
	}
	for _, tree := range p.files {
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !p.isFail(call.Fun) {
				return true
			}
			if v := p.info.Types[call.Args[0]].Value; v != nil && v.Kind() == constant.String {
				messages = append(messages, FailedMessage{constant.StringVal(v), p.fset.Position(call.Pos()).Line})
			}
			return true
		})
	}
	return nil, messages, nil
}

// isFail reports whether a called function is check.Fail.
func (p *program) isFail(fun ast.Expr) bool {
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := p.info.Uses[selector.Sel].(*types.Func)
	return ok && fn.Name() == "Fail" && fn.Pkg() != nil && fn.Pkg().Path() == "brokerlab/check"
}
