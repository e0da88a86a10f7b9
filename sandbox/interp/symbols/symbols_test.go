package symbols

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox/interp/allow"
	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
)

// doors are what must not be in any table, by "path.Name"; a name that ends with *
// stands for all that begin so.
var doors = []string{
	"os.StartProcess", "os.NewFile", "os.Open*", "os.Create*", "os.Remove*", "os.Rename", "os.Read*", "os.Write*", "os.Mkdir*", "os.Chdir", "os.Ch*",
	"os.FindProcess", "os.Process", "os.Pipe", "os.Link", "os.Symlink", "os.Truncate", "os.DirFS", "os.CopyFS", "os.Setenv", "os.Unsetenv", "os.Clearenv",
	"os.Environ", "os.Root", "os.OpenRoot", "os.Getwd", "os.Hostname", "os.Executable", "os.UserHomeDir",
	"net.Dial*", "net.Listen*", "net.FileConn", "net.FileListener", "net.Interface*", "net.Lookup*", "net.Resolver", "net.TCP*", "net.UDP*", "net.Unix*",
	"net/http.Transport", "net/http.DefaultTransport", "net/http.Server", "net/http.ListenAndServe*", "net/http.Serve", "net/http.ServeContent", "net/http.ServeFile*", "net/http.ServeTLS", "net/http.Dir", "net/http.FS*",
	"net/http.FileServer*", "net/http/httptest.NewServer", "net/http/httptest.NewTLSServer", "net/http/httptest.NewUnstartedServer",
	"reflect.NewAt", "reflect.Pointer*", "reflect.Value*", "reflect.SliceAt", "reflect.SliceHeader", "reflect.StringHeader", "reflect.MakeFunc", "reflect.Copy",
	"runtime.SetFinalizer", "runtime.AddCleanup", "runtime.LockOSThread", "runtime.Stack", "runtime.Callers*", "runtime.MemProfile*", "runtime.Breakpoint",
	"sync/atomic.*Pointer", "sync/atomic.*Uintptr", "text/template.ParseFiles", "text/template.ParseGlob", "text/template.ParseFS",
	"brokerlab/check.Begin", "brokerlab/check.Results", "github.com/rabbitmq/amqp091-go.DefaultDial",
}

// TestNoDoors: no forbidden package or symbol has a row in a table.
func TestNoDoors(t *testing.T) {
	for _, path := range []string{"C", "unsafe", "plugin", "os/exec", "os/user", "runtime/debug", "runtime/cgo", "runtime/pprof", "net/rpc",
		"net/http/httputil", "net/http/pprof", "io/ioutil", "path/filepath", "embed", "debug/elf", "go/build", "testing", "internal/abi", "golang.org/x/sys/unix"} {
		if _, ok := tables[path]; ok {
			t.Errorf("package %q has a table", path)
		}
	}
	for path, table := range tables {
		for name := range table.load() {
			if path == "syscall" && name != "SIGINT" && name != "SIGTERM" {
				t.Errorf("syscall.%s is reachable", name)
			}
			full := path + "." + strings.TrimPrefix(name, "_")
			for _, door := range doors {
				if matches(door, full) {
					t.Errorf("%s is reachable", full)
				}
			}
		}
	}
}

func matches(door, full string) bool {
	if before, after, ok := strings.Cut(door, ".*"); ok {
		pkg, name, _ := strings.Cut(full, ".")
		return pkg == before && strings.HasSuffix(name, after)
	}
	if prefix, ok := strings.CutSuffix(door, "*"); ok {
		return strings.HasPrefix(full, prefix)
	}
	return door == full
}

// TestMatches keeps TestNoDoors able to fail.
func TestMatches(t *testing.T) {
	for full, want := range map[string]bool{"os.OpenFile": true, "os.Exit": false, "sync/atomic.LoadPointer": true, "sync/atomic.LoadInt64": false, "reflect.NewAt": true} {
		got := slices.ContainsFunc(doors, func(d string) bool { return matches(d, full) })
		if got != want {
			t.Errorf("%s forbidden: %t, want %t", full, got, want)
		}
	}
}

// TestNoForbiddenValues: no variable or function of a table gives out what could open
// a door: a process, a raw connection, a reflect.Value or an unsafe pointer.
func TestNoForbiddenValues(t *testing.T) {
	forbidden := []string{"os.Process", "os.ProcAttr", "os.Root", "reflect.Value", "unsafe.Pointer", "syscall.", "net.Dialer", "net.Listener", "net.Resolver", "exec."}
	for path, table := range tables {
		for name, v := range table.load() {
			if v.Kind() != reflect.Func {
				continue
			}
			for i := range v.Type().NumOut() {
				out := strings.TrimLeft(v.Type().Out(i).String(), "*[]")
				for _, f := range forbidden {
					if strings.HasPrefix(out, f) {
						t.Errorf("%s.%s gives a %s", path, name, out)
					}
				}
			}
		}
	}
}

// TestTablesFitExportData: what the type checker lets a program name, and what the
// tables hold, are the same but for what the interpreter cannot have.
func TestTablesFitExportData(t *testing.T) {
	imp, err := bundle.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range allow.Packages {
		pkg, err := imp.Import(p.Path)
		if err != nil {
			t.Error(err)
			continue
		}
		for name := range tables[p.Path].load() {
			if !strings.HasPrefix(name, "_") && pkg.Scope().Lookup(name) == nil {
				t.Errorf("%s.%s has a symbol but no type", p.Path, name)
			}
		}
		if pkg.Name() != tables[p.Path].name {
			t.Errorf("%s is package %s in the export data, %s in the tables", p.Path, pkg.Name(), tables[p.Path].name)
		}
	}
	if len(tables) != len(allow.Packages) {
		t.Errorf("%d tables for %d packages: run go generate", len(tables), len(allow.Packages))
	}
}
