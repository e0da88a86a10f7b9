package interp

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"
	"unicode/utf8"
)

// Codes of values that compiled code sees differently.
const (
	CodePrint  = "print"
	CodeEncode = "encode"
	CodeAny    = "any-argument"
)

// printers are the compiled functions that print their arguments; the number is
// where the arguments begin, negative when a format stands before them.
var printers = map[string]int{
	"fmt.Print": 0, "fmt.Println": 0, "fmt.Sprint": 0, "fmt.Sprintln": 0, "fmt.Fprint": 1, "fmt.Fprintln": 1,
	"fmt.Printf": -1, "fmt.Sprintf": -1, "fmt.Errorf": -1, "fmt.Fprintf": -2, "fmt.Append": 1, "fmt.Appendln": 1, "fmt.Appendf": -2,
	"log.Print": 0, "log.Println": 0, "log.Fatal": 0, "log.Fatalln": 0, "log.Panic": 0, "log.Panicln": 0,
	"log.Printf": -1, "log.Fatalf": -1, "log.Panicf": -1,
	"log.Logger.Print": 0, "log.Logger.Println": 0, "log.Logger.Fatal": 0, "log.Logger.Fatalln": 0, "log.Logger.Panic": 0,
	"log.Logger.Panicln": 0, "log.Logger.Printf": -1, "log.Logger.Fatalf": -1, "log.Logger.Panicf": -1,
}

// stringerAware are the printers that see the String method of an own type.
func stringerAware(name string) bool {
	return strings.HasPrefix(name, "fmt.") && !strings.HasPrefix(name, "fmt.Append") || strings.HasPrefix(name, "log.") && strings.Count(name, ".") == 1
}

// encoders read their argument by its fields and methods.
var encoders = map[string]int{
	"encoding/json.Marshal": 0, "encoding/json.MarshalIndent": 0, "encoding/json.Unmarshal": 1,
	"encoding/json.Encoder.Encode": 0, "encoding/json.Decoder.Decode": 0,
	"text/template.Template.Execute": 1, "text/template.Template.ExecuteTemplate": 2,
	"reflect.DeepEqual": 0, "encoding/binary.Write": 2, "encoding/binary.Read": 2,
}

// keepers only keep an any and give it back.
var keepers = map[string]bool{
	"context.WithValue": true, "context.Context.Value": true, "sort.Slice": true, "sort.SliceStable": true, "sort.SliceIsSorted": true,
	"container/heap.Push": true, "container/list.List.PushBack": true, "container/list.List.PushFront": true,
	"sync.Map.Store": true, "sync.Map.Load": true, "sync.Map.LoadOrStore": true, "sync.Map.Delete": true, "sync.Pool.Put": true,
	"sync/atomic.Value.Store": true, "errors.As": true,
}

// checkOutput looks at the arguments of a compiled call that prints or encodes.
func (l *linter) checkOutput(n *ast.CallExpr, name string) {
	if first, ok := printers[name]; ok {
		l.checkPrint(n, name, first)
		return
	}
	first, ok := encoders[name]
	for i := first; ok && i < len(n.Args); i++ {
		if why := l.encodes(l.typeOf(n.Args[i]), strings.HasPrefix(name, "text/template"), nil); why != "" {
			l.refuse(n.Args[i], CodeEncode, "%s sees %s differently in the interpreter: %s", shortName(name), types.TypeString(l.typeOf(n.Args[i]), shortly), why)
			return
		}
	}
}

func shortName(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// checkPrint goes through the arguments of a printing call with their verbs.
func (l *linter) checkPrint(n *ast.CallExpr, name string, first int) {
	var verbs []string
	known := true
	if first < 0 {
		first = -first
		if len(n.Args) < first {
			return
		}
		verbs, known = verbsOf(l.info.Types[n.Args[first-1]].Value)
	}
	for i := first; i < len(n.Args); i++ {
		verb := "v"
		if verbs != nil || !known {
			verb = "?"
			if i-first < len(verbs) {
				verb = verbs[i-first]
			}
		}
		if n.Ellipsis.IsValid() {
			verb = "..."
		}
		if why := l.prints(l.typeOf(n.Args[i]), verb, stringerAware(name)); why != "" {
			l.refuse(n.Args[i], CodePrint, "the interpreter prints %s differently: %s", types.TypeString(l.typeOf(n.Args[i]), shortly), why)
			return
		}
	}
}

// verbsOf splits a constant format into the verb of each argument, with its flags.
func verbsOf(format constant.Value) (verbs []string, known bool) {
	if format == nil {
		return nil, false
	}
	s := constant.StringVal(format)
	verbs = []string{}
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return verbs, true
		}
		s = s[i+1:]
		j := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("+-# 0123456789.*[]", r) })
		if j < 0 {
			return verbs, true
		}
		flags := s[:j]
		if strings.Contains(flags, "[") {
			return nil, false
		}
		for range strings.Count(flags, "*") {
			verbs = append(verbs, "d")
		}
		_, size := utf8.DecodeRuneInString(s[j:])
		if s[j] != '%' {
			verbs = append(verbs, keep(flags, "+#")+s[j:j+size])
		}
		s = s[j+size:]
	}
}

func keep(s, chars string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(chars, r) {
			return r
		}
		return -1
	}, s)
}

// prints says why a value of type t is printed differently with a verb, or "".
func (l *linter) prints(t types.Type, verb string, aware bool) string {
	if t == nil {
		return ""
	}
	if isInterface(t) {
		return l.printsInterface(t, verb)
	}
	own := namedOf(t)
	printer := hasMethod(t, "String") || hasMethod(t, "Error") || hasMethod(t, "Format") || hasMethod(t, "GoString")
	switch {
	case !containsOwn(t, nil) && verb != "...":
		return ""
	case verb == "..." && l.boxesOwn():
		return "values of the program's own types in a list of any are not recognized"
	case verb == "...":
		return ""
	case verb == "?":
		return "the format is not a constant"
	case strings.Contains(verb, "T") || strings.Contains(verb, "#") || strings.HasSuffix(verb, "p"):
		return "the interpreter's types have no names"
	case isOwn(own) && printer:
		return l.printsMethods(t, own, verb, aware)
	case isOwn(own) && pointerMethod(own):
		return "String or Error of its pointer would be called"
	}
	return l.holds(t, strings.Contains(verb, "+"), nil)
}

func (l *linter) printsMethods(t types.Type, own *types.Named, verb string, aware bool) string {
	switch {
	case hasMethod(t, "Format") || hasMethod(t, "GoString"):
		return "its method Format or GoString is not seen"
	case hasMethod(t, "Error"):
		return "its method Error is seen only in an error that a function returned; call Error"
	case !aware || !slices.Contains([]string{"v", "s", "q", "+v"}, verb):
		return "its method String gets in the way; call String, or convert to a plain type"
	case promoted(t, "String"):
		return "its String method is that of an embedded field; call String"
	case own.TypeArgs().Len() > 0:
		return "it is generic; call String"
	}
	return ""
}

// printsInterface judges a value whose type is known only at run time.
func (l *linter) printsInterface(t types.Type, verb string) string {
	for _, b := range l.facts.boxed {
		if !containsOwn(b, nil) || !fits(b, t) {
			continue
		}
		named := namedOf(b)
		switch {
		case isErrorType(t) && (verb == "v" || verb == "s" || verb == "w"):
			continue // own errors are boxed in return statements only, and print well then
		case verb != "v" && verb != "s" && verb != "d":
			return "it may hold the program's own type " + types.TypeString(b, shortly)
		case isOwn(named) && named.NumMethods() > 0 || l.holds(b, false, nil) != "":
			return "it may hold the program's own type " + types.TypeString(b, shortly) + ", which has methods"
		}
	}
	return ""
}

// boxesOwn reports whether a value of an own type with methods is ever in an interface.
func (l *linter) boxesOwn() bool {
	return slices.ContainsFunc(l.facts.boxed, func(t types.Type) bool {
		named := namedOf(t)
		return isOwn(named) && named.NumMethods() > 0
	})
}

// holds says why a value inside another is printed differently, or "".
func (l *linter) holds(t types.Type, plus bool, seen []types.Type) string {
	if len(seen) > 12 || slices.Contains(seen, t) {
		return ""
	}
	seen = append(seen, t)
	switch x := t.Underlying().(type) {
	case *types.Pointer:
		if len(seen) > 1 {
			return "" // an address
		}
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Slice:
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Array:
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Map:
		if why := l.holdsPart(x.Key(), plus, seen); why != "" {
			return why
		}
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Struct:
		for f := range x.Fields() {
			if !f.Exported() && isOwnStruct(t) {
				if plus {
					return "the name of the field " + f.Name() + " is another"
				}
				if isInterface(f.Type()) || anyMethod(f.Type()) {
					return "the field " + f.Name() + " is not exported, so Go does not call its methods, but the interpreter does"
				}
			}
			if why := l.holdsPart(f.Type(), plus, seen); why != "" {
				return why
			}
		}
	}
	return ""
}

func isOwnStruct(t types.Type) bool {
	named := namedOf(t)
	return named == nil || isOwn(named)
}

func (l *linter) holdsPart(t types.Type, plus bool, seen []types.Type) string {
	named := namedOf(t)
	switch {
	case isOwn(named) && (anyMethod(t) || pointerMethod(named)):
		return "the methods of " + named.Obj().Name() + " within it are not seen"
	case named != nil && !isOwn(named) && !isInterface(t):
		return ""
	case isInterface(t) && l.boxesOwn():
		return "it may hold a value of an own type with methods"
	case isInterface(t) && plus:
		return "it may hold a value of an own type"
	}
	return l.holds(t, plus, seen)
}

func hasMethod(t types.Type, name string) bool {
	o, _, _ := types.LookupFieldOrMethod(t, false, nil, name)
	_, ok := o.(*types.Func)
	return ok
}

func promoted(t types.Type, name string) bool {
	_, index, _ := types.LookupFieldOrMethod(t, false, nil, name)
	return len(index) > 1
}

// anyMethod reports whether fmt would call a method of t or, at its own place, of *t.
func anyMethod(t types.Type) bool {
	for _, name := range []string{"String", "Error", "Format", "GoString"} {
		if hasMethod(t, name) {
			return true
		}
	}
	return false
}

func pointerMethod(n *types.Named) bool {
	return n != nil && !isInterface(n) && anyMethod(types.NewPointer(n))
}

// containsOwn reports whether a type is or contains a type of the program or a
// struct type without a name.
func containsOwn(t types.Type, seen []types.Type) bool {
	if len(seen) > 12 || slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return isOwn(named)
	}
	switch x := t.Underlying().(type) {
	case *types.Pointer:
		return containsOwn(x.Elem(), seen)
	case *types.Slice:
		return containsOwn(x.Elem(), seen)
	case *types.Array:
		return containsOwn(x.Elem(), seen)
	case *types.Map:
		return containsOwn(x.Key(), seen) || containsOwn(x.Elem(), seen)
	case *types.Interface:
		return true
	case *types.Struct:
		return true
	}
	return false
}

// encodes says why an encoder sees a value of type t differently, or "".
func (l *linter) encodes(t types.Type, methods bool, seen []types.Type) string {
	if t == nil || len(seen) > 12 || slices.Contains(seen, t) {
		return ""
	}
	seen = append(seen, t)
	if named := namedOf(t); named != nil {
		if !isOwn(named) && !isInterface(t) {
			return ""
		}
		for i := range named.NumMethods() {
			if m := named.Method(i).Name(); isOwn(named) && (methods || strings.HasPrefix(m, "Marshal") || strings.HasPrefix(m, "Unmarshal")) {
				return "the method " + m + " of " + named.Obj().Name() + " is not seen"
			}
		}
	}
	switch x := t.Underlying().(type) {
	case *types.Interface:
		if l.boxesOwn() {
			return "it may hold a value of an own type with methods"
		}
	case *types.Pointer:
		return l.encodes(x.Elem(), methods, seen)
	case *types.Slice:
		return l.encodes(x.Elem(), methods, seen)
	case *types.Array:
		return l.encodes(x.Elem(), methods, seen)
	case *types.Map:
		return l.encodes(x.Elem(), methods, seen)
	case *types.Struct:
		for f := range x.Fields() {
			if !f.Exported() {
				return "the field " + f.Name() + " is not exported, but the interpreter shows it"
			}
			if why := l.encodes(f.Type(), methods, seen); why != "" {
				return why
			}
		}
	}
	return ""
}

// checkAnyArgument: other compiled functions do not see the methods of own types.
func (l *linter) checkAnyArgument(b box) {
	if b.call == nil || !isEmptyInterface(b.to) {
		return
	}
	fn := callee(l.info, b.call)
	name := fullName(fn)
	_, prints := printers[name]
	_, encodes := encoders[name]
	if !isCompiledFunc(fn) || prints || encodes || keepers[name] {
		return
	}
	if named := namedOf(b.from); isOwn(named) && (named.NumMethods() > 0 || l.holds(b.from, false, nil) != "") {
		l.refuse(b.expr, CodeAny, "%s does not see the methods of %s in the interpreter; pass a plain value", shortName(name), types.TypeString(b.from, shortly))
	}
}
