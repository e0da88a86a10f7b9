// Package symbols holds what interpreted code may reach of compiled packages. The
// zz files are generated from package allow; each table is built only when a
// program imports its package.
package symbols

import (
	"reflect"
	"sync"
)

// A table builds the symbols of one package.
type table struct {
	name string // of the package
	load func() map[string]reflect.Value
}

// Exports gives the symbols of the packages as the interpreter wants them: by
// "path/name". A path that is not on the allow-list is left out.
//
// The key has two slashes before the name. The interpreter cleans it, but does not
// take it for its own standard library, which it would complete with generic
// sources and with fmt and log functions of its own.
func Exports(paths []string) map[string]map[string]reflect.Value {
	exports := make(map[string]map[string]reflect.Value, len(paths))
	for _, path := range paths {
		if t, ok := tables[path]; ok {
			exports[path+"//"+t.name] = t.load()
		}
	}
	return exports
}

// Paths are the import paths that have a table, in no order.
func Paths() []string {
	var paths []string
	for path := range tables {
		paths = append(paths, path)
	}
	return paths
}

// Has reports whether a package's exported name has a symbol.
func Has(path, name string) bool {
	known.Lock()
	defer known.Unlock()
	symbols, ok := known.tables[path]
	if !ok {
		if t, ok := tables[path]; ok {
			symbols = t.load()
		}
		known.tables[path] = symbols
	}
	_, ok = symbols[name]
	return ok
}

// known keeps the tables that Has was asked about.
var known = struct {
	sync.Mutex
	tables map[string]map[string]reflect.Value
}{tables: make(map[string]map[string]reflect.Value)}
