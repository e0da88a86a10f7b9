// Package interp is the second engine for Go source: it interprets what cannot or
// need not be compiled. A lab's check.go always runs here; a student's program does
// where there is no compiler pack, and then the page says so. Grades come from the
// compiled engine only.
//
// The interpreter is yaegi v0.16.1, which is not Go: it gets many everyday programs
// wrong, most of them silently. So a program passes three gates before anything of
// it runs: go/types over embedded export data (what Go refuses is refused), the
// allow-list of imports and symbols, and a lint that refuses, with its position, the
// reason and a rewrite where there is one, every construct that is known to go wrong.
//
// Read it in this order:
//
//	engine.go        the parent: Engine, RunCheck, CheckError
//	wire.go          what parent and child say to each other
//	child.go         Main, the child: one process for each check, and for each program to be read
//	lock_linux.go    how the child locks itself down before it reads a source
//	load.go          parse, type-check, and refuse imports
//	words.go         what a refusal says: a sentence for each code, and the reasons
//	lint.go          Lint: which rule looks at which node
//	lint_flow.go     order and lifetime: loops, defer, select, recover, method values
//	lint_results.go  results and received values: whose variable it really is
//	lint_types.go    what is in an interface, errors, generics
//	lint_output.go   what compiled functions print and encode
//	facts.go         what the rules know of the whole program
//	program.go       Program, a student's program inside a lab host
//	lintcheck.go     a check.go, read without a child
//	run.go           the interpreter's symbols, and all files as one
//	isolate.go       a frame for each function literal, so that goroutines do not change each other's
//	selects.go       a list of cases for each select that waits, for the same reason
//	step.go          how a check that never ends is told from its line
//	allow/           the one table of what may be imported and named, with reasons
//	symbols/         generated from it: the symbols, built only for what is imported
//	bundle/          generated from it: export data for the type checker
//	check/           what a check.go may ask and say
//	gen/             the generator
//
// # What the lint refuses, and why
//
// Most of a program's own types are nameless structs to the interpreter, with their
// unexported fields renamed, and without methods where compiled code looks:
//
//	print              own types in fmt and log: Stringers inside other values, %T, %+v, %#v, %d of a Stringer, Error
//	encode             own methods and unexported fields under encoding/json, text/template, reflect.DeepEqual
//	any-argument       other compiled functions do not see an own type's methods
//	type-identity      two own types with the same fields, or a defined int and int, are one type in an interface
//	interface-compare  and two interfaces that hold such types are equal
//	interface-case     v.(fmt.Stringer), case error: whether a value has methods is not known
//	error-type-switch  an own error type in a type switch over an error; error-assertion: one that is no pointer in an assertion
//	error-method       errors.Is, As and Unwrap do not see own Unwrap, Is, As; error-as, error-is: nor own targets
//	error-value        an own error becomes an error in return statements only
//	typed-nil          a nil pointer in an interface is a nil interface
//	variadic-interface an own writer for ...io.Writer
//	typed-constant     const A T = iota + 1 equals nothing and is no key; literals and plain iota are right
//	recursive-type     type f func() f
//	method-value       x.M of a value receiver binds late; in a map not at all
//
// Variables are fewer than Go's:
//
//	loop-variable      one per loop, not per iteration, for closures; loop-variable-address: for addresses
//	named-result       begins with the value of the variable that the call is assigned to
//	result-alias       and that variable changes while the function still runs
//	result-assignment  a closure that assigns a named result together with others loses it
//	receive            v = <-ch makes v unchangeable; receive-range: so does for v := range ch
//	init-order         package variables begin in the order of the text, whatever functions need
//	defer-argument     arguments of defer are looked at when it runs; defer-receiver: so are receivers
//	defer-in-loop      closures deferred in a loop see its last iteration
//
// Control flow and statements:
//
//	select-break       break in a select; select-continue, select-label: continue in it, and its label
//	select-send        a composite value to send in a select; select-receive: an element or field to receive into
//	case-label         a label within a case
//	fallthrough        default stands last, whatever the text says
//	empty-case         a semicolon as a statement of a case
//	range-int, range-func, min-max, type-inference, generic-method, generic-interface
//	recover-value      the text of a run-time panic is another, so it may only be compared with nil
//	symbol-not-allowed also generic functions of the standard library: slices.Sort, maps.Keys, sync.OnceValue
//
// Before the lint come those of load.go: sizes, the package, imports. All have a sentence in
// words.go and the same in the catalogues of the grader, in each language.
//
// The lint is held to Go by testdata/programs, each of which does byte for byte what
// go run does or is refused, and by generated programs of which the same must hold.
//
// Left out on purpose: several packages in one program, dot imports, cgo, embed.
package interp

//go:generate go run ./gen
