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
	CodePrint  = "print"        // type, why
	CodeEncode = "encode"       // function, type, why
	CodeAny    = "any-argument" // function, type
)

// Reasons why a value is printed or encoded otherwise: the param why.
const (
	whyInList      = "own-in-list"       //
	whyFormat      = "format-variable"   //
	whyNameless    = "nameless-types"    //
	whyPointer     = "pointer-methods"   //
	whyFormatter   = "formatter-unseen"  //
	whyError       = "error-unseen"      //
	whyString      = "string-in-the-way" //
	whyEmbedded    = "embedded-string"   //
	whyGeneric     = "generic-string"    //
	whyHeld        = "held-own"          // held
	whyHeldMethods = "held-methods"      // held
	whyRenamed     = "renamed-field"     // field
	whyHidden      = "hidden-methods"    // field
	whyInner       = "inner-methods"     // held
	whyMaybe       = "perhaps-methods"   //
	whyMaybeOwn    = "perhaps-own"       //
	whyUnseen      = "method-unseen"     // method, held
	whyShown       = "field-shown"       // field
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
		if why := l.encodes(l.typeOf(n.Args[i]), strings.HasPrefix(name, "text/template"), nil); why != nil {
			l.refuse(n.Args[i], CodeEncode, why.with("function", shortName(name), "type", types.TypeString(l.typeOf(n.Args[i]), shortly)))
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
		if why := l.prints(l.typeOf(n.Args[i]), verb, stringerAware(name)); why != nil {
			l.refuse(n.Args[i], CodePrint, why.with("type", types.TypeString(l.typeOf(n.Args[i]), shortly)))
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

// prints says why a value of type t is printed differently with a verb, or nothing.
func (l *linter) prints(t types.Type, verb string, aware bool) params {
	if t == nil {
		return nil
	}
	if isInterface(t) {
		return l.printsInterface(t, verb)
	}
	own := namedOf(t)
	printer := hasMethod(t, "String") || hasMethod(t, "Error") || hasMethod(t, "Format") || hasMethod(t, "GoString")
	switch {
	case !containsOwn(t, nil) && verb != "...":
		return nil
	case verb == "..." && l.boxesOwn():
		return because(whyInList)
	case verb == "...":
		return nil
	case verb == "?":
		return because(whyFormat)
	case strings.Contains(verb, "T") || strings.Contains(verb, "#") || strings.HasSuffix(verb, "p"):
		return because(whyNameless)
	case isOwn(own) && printer:
		return l.printsMethods(t, own, verb, aware)
	case isOwn(own) && pointerMethod(own):
		return because(whyPointer)
	}
	return l.holds(t, strings.Contains(verb, "+"), nil)
}

func (l *linter) printsMethods(t types.Type, own *types.Named, verb string, aware bool) params {
	switch {
	case hasMethod(t, "Format") || hasMethod(t, "GoString"):
		return because(whyFormatter)
	case hasMethod(t, "Error"):
		return because(whyError)
	case !aware || !slices.Contains([]string{"v", "s", "q", "+v"}, verb):
		return because(whyString)
	case promoted(t, "String"):
		return because(whyEmbedded)
	case own.TypeArgs().Len() > 0:
		return because(whyGeneric)
	}
	return nil
}

// printsInterface judges a value whose type is known only at run time.
func (l *linter) printsInterface(t types.Type, verb string) params {
	for _, b := range l.facts.boxed {
		if !containsOwn(b, nil) || !fits(b, t) {
			continue
		}
		named := namedOf(b)
		switch {
		case isErrorType(t) && (verb == "v" || verb == "s" || verb == "w"):
			continue // own errors are boxed in return statements only, and print well then
		case verb != "v" && verb != "s" && verb != "d":
			return because(whyHeld, "held", types.TypeString(b, shortly))
		case isOwn(named) && named.NumMethods() > 0 || l.holds(b, false, nil) != nil:
			return because(whyHeldMethods, "held", types.TypeString(b, shortly))
		}
	}
	return nil
}

// boxesOwn reports whether a value of an own type with methods is ever in an interface.
func (l *linter) boxesOwn() bool {
	return slices.ContainsFunc(l.facts.boxed, func(t types.Type) bool {
		named := namedOf(t)
		return isOwn(named) && named.NumMethods() > 0
	})
}

// holds says why a value inside another is printed differently, or nothing.
func (l *linter) holds(t types.Type, plus bool, seen []types.Type) params {
	if len(seen) > 12 || slices.Contains(seen, t) {
		return nil
	}
	seen = append(seen, t)
	switch x := t.Underlying().(type) {
	case *types.Pointer:
		if len(seen) > 1 {
			return nil // an address
		}
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Slice:
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Array:
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Map:
		if why := l.holdsPart(x.Key(), plus, seen); why != nil {
			return why
		}
		return l.holdsPart(x.Elem(), plus, seen)
	case *types.Struct:
		for f := range x.Fields() {
			if !f.Exported() && isOwnStruct(t) {
				if plus {
					return because(whyRenamed, "field", f.Name())
				}
				if isInterface(f.Type()) || anyMethod(f.Type()) {
					return because(whyHidden, "field", f.Name())
				}
			}
			if why := l.holdsPart(f.Type(), plus, seen); why != nil {
				return why
			}
		}
	}
	return nil
}

func isOwnStruct(t types.Type) bool {
	named := namedOf(t)
	return named == nil || isOwn(named)
}

func (l *linter) holdsPart(t types.Type, plus bool, seen []types.Type) params {
	named := namedOf(t)
	switch {
	case isOwn(named) && (anyMethod(t) || pointerMethod(named)):
		return because(whyInner, "held", named.Obj().Name())
	case named != nil && !isOwn(named) && !isInterface(t):
		return nil
	case isInterface(t) && l.boxesOwn():
		return because(whyMaybe)
	case isInterface(t) && plus:
		return because(whyMaybeOwn)
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

// encodes says why an encoder sees a value of type t differently, or nothing.
func (l *linter) encodes(t types.Type, methods bool, seen []types.Type) params {
	if t == nil || len(seen) > 12 || slices.Contains(seen, t) {
		return nil
	}
	seen = append(seen, t)
	if named := namedOf(t); named != nil {
		if !isOwn(named) && !isInterface(t) {
			return nil
		}
		for i := range named.NumMethods() {
			if m := named.Method(i).Name(); isOwn(named) && (methods || strings.HasPrefix(m, "Marshal") || strings.HasPrefix(m, "Unmarshal")) {
				return because(whyUnseen, "method", m, "held", named.Obj().Name())
			}
		}
	}
	switch x := t.Underlying().(type) {
	case *types.Interface:
		if l.boxesOwn() {
			return because(whyMaybe)
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
				return because(whyShown, "field", f.Name())
			}
			if why := l.encodes(f.Type(), methods, seen); why != nil {
				return why
			}
		}
	}
	return nil
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
	if named := namedOf(b.from); isOwn(named) && (named.NumMethods() > 0 || l.holds(b.from, false, nil) != nil) {
		l.refuse(b.expr, CodeAny, params{"function": shortName(name), "type": types.TypeString(b.from, shortly)})
	}
}
