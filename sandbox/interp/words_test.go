package interp

import (
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox/build"
	"github.com/brokerlab/brokerlab/sandbox/interp/allow"
	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
)

// refusedFor is everything that files are refused for.
func refusedFor(t *testing.T, mode string, files ...File) []Diagnostic {
	t.Helper()
	imp, err := bundle.New()
	if err != nil {
		t.Fatal(err)
	}
	return load(token.NewFileSet(), files, imp, mode).found
}

// torn is an importer at which the type checker breaks.
type torn struct{}

func (torn) Import(string) (*types.Package, error) { panic("the export data is torn") }

// TestEverySentence provokes every refusal and every reason that has a sentence. Each
// is complete: a param that is not given would stay in it as a template.
func TestEverySentence(t *testing.T) {
	said, because := make(map[string]bool), make(map[string]bool)
	see := func(from string, found []Diagnostic) {
		for _, d := range found {
			said[d.Code] = true
			if why := d.Params["why"]; why != "" {
				because[why] = true
				if reasons[why] == "" {
					t.Errorf("%s: %s has the reason %q, which is none", from, d.Code, why)
				}
			}
			ours := d.Code != CodeSyntax && d.Code != CodeType
			if d.Message == "" || strings.Contains(d.Message, "{{") || ours && refusals[d.Code] == "" {
				t.Errorf("%s: %s with %v says %q", from, d.Code, d.Params, d.Message)
			}
		}
	}
	names, err := filepath.Glob("testdata/programs/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		see(name, refusedFor(t, modeRun, File{Name: "main.go", Text: read(t, name)}))
	}
	for _, tt := range otherwise {
		t.Run(tt.name, func(t *testing.T) {
			found := refusedFor(t, modeRun, File{Name: "main.go", Text: tt.source})
			if !slices.ContainsFunc(found, func(d Diagnostic) bool { return d.Code == tt.code && d.Params["why"] == tt.why }) {
				t.Errorf("%+v, want %s %s", found, tt.code, tt.why)
			}
			see(tt.name, found)
		})
	}
	plain := File{Name: "main.go", Text: source(`"fmt"`, "", `fmt.Println(1)`)}
	see("a broken checker", load(token.NewFileSet(), []File{plain}, torn{}, modeRun).found)
	see("the interpreter itself", []Diagnostic{notCompiled("main.go", "main.go:3:5: undefined: x")})
	see("a check with files", refusedFor(t, modeCheck, File{Name: checkFile, Text: source(`_ "os"`, "", "")}))
	see("a check like its host", refusedFor(t, modeCheck, File{Name: checkFile, Text: source(`"brokerlab/check"`, "", `_ = check.Begin(nil)`)}))
	see("two imports", refusedFor(t, modeRun, plain, File{Name: "other.go", Text: "package main\n\nimport fmt \"strings\"\n\nvar _ = fmt.ToUpper\n"}))
	for _, code := range slices.Sorted(maps.Keys(refusals)) {
		if !said[code] {
			t.Errorf("nothing is refused with the code %q", code)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		if !because[why] {
			t.Errorf("nothing is refused because of %q", why)
		}
	}
}

// source is a program.
func source(imports, declarations, body string) string {
	return "package main\n\nimport (" + imports + ")\n\n" + declarations + "\n\nfunc main() {\n" + body + "\n}\n"
}

// otherwise are refusals that testdata/programs has none of.
var otherwise = []struct{ name, code, why, source string }{
	{"too large", CodeTooMuch, "", strings.Repeat("/", build.MaxSource+1)},
	{"not UTF-8", CodeNotText, "", "package main // \xff"},
	{"another package", CodePackage, "", "package orders\n\nfunc main() {}\n"},
	{"no main", CodeNoMain, "", "package main\n"},
	{"C", CodeCgo, "", source(`"C"`, "", "")},
	{"unsafe", CodeUnsafe, "", source(`_ "unsafe"`, "", "")},
	{"dot", CodeDotImport, "", source(`. "fmt"`, "", "Println(1)")},
	{"the package of a check", CodeCheckPackage, "", source(`_ "brokerlab/check"`, "", "")},
	{"a process", CodeImport, allow.NoProcess, source(`_ "os/exec"`, "", "")},
	{"the machine", CodeImport, allow.NoHost, source(`_ "runtime/debug"`, "", "")},
	{"no C", CodeImport, allow.PureGo, source(`_ "runtime/cgo"`, "", "")},
	{"tests", CodeImport, allow.NoTests, source(`_ "testing"`, "", "")},
	{"memory", CodeSymbol, allow.NoMemory, source(`"reflect"`, "", "_ = reflect.ValueOf(1)")},
	{"a dialer", CodeSymbol, allow.NoDial, source(`"net"`, "", `_, _ = net.Dial("tcp", "")`)},
	{"a server", CodeSymbol, allow.NoServer, source(`"net/http"`, "", `_ = http.ListenAndServe("", nil)`)},
	{"not offered", CodeSymbol, allow.OnlyThese, source(`"crypto/rand"`, "", `_, _ = rand.Prime(nil, 1)`)},
	{"a system call", CodeSymbol, allow.Barrier, source(`"syscall"`, "", `_ = syscall.Kill(1, 9)`)},
	{"STOMP", CodeSymbol, allow.DialSTOMP, source(`"github.com/go-stomp/stomp/v3"`, "", `_, _ = stomp.Connect(nil)`)},
	{"AMQP", CodeSymbol, allow.DialAMQP, source(`amqp "github.com/rabbitmq/amqp091-go"`, "", `_, _ = amqp.DialTLS("", nil)`)},
	{"Kafka", CodeSymbol, allow.DialKafka, source(`"github.com/twmb/franz-go/pkg/kgo"`, "", `_ = kgo.DialTLS()`)},
	{"receiving into a field", CodeSelectReceive, "", source("", "var last struct{ n int }", "ch := make(chan int, 1)\nselect {\ncase last.n = <-ch:\ndefault:\n}")},
	{"break in a select", CodeSelectBreak, "", source("", "", "ch := make(chan int, 1)\nselect {\ncase <-ch:\nbreak\ndefault:\n}")},
	{"a label on a select", CodeSelectLabel, "", source("", "", "ch := make(chan int, 1)\nwait:\nselect {\ncase <-ch:\nbreak wait\ndefault:\n}")},
	{"a received variable that changes", CodeReceiveRange, "", source("", "", "ch := make(chan int)\nfor n := range ch {\nn++\n_ = n\n}")},
	{"a result over a package variable", CodeResultAlias, "", source("", "var total int\nfunc sum() (n int) { n = total + 1; return n }", "total = sum()")},
	{"own Unwrap", CodeErrorMethod, "", source(`"errors"; "io"`, wrapped+"func (w *wrap) Unwrap() error { return w.err }", "_ = errors.Is(open(), io.EOF)")},
	{"errors.As", CodeErrorAs, "", source(`"errors"`, wrapped, "var w *wrap\n_ = errors.As(open(), &w)")},
	{"errors.Is", CodeErrorIs, "", source(`"errors"`, wrapped, "_ = errors.Is(open(), &wrap{})")},
	{"an own type for any", CodeAny, "", source(`"log/slog"`, stringer, `slog.Info("x", "level", level(1))`)},
	{"a format in a variable", CodePrint, whyFormat, source(`"fmt"`, stringer, "f := \"%v\"\nfmt.Printf(f, level(1))")},
	{"an own Format", CodePrint, whyFormatter, source(`"fmt"`, "type level int\nfunc (l level) GoString() string { return \"\" }", "fmt.Println(level(1))")},
	{"an embedded String", CodePrint, whyEmbedded, source(`"fmt"`, stringer+"type row struct{ level }", "fmt.Println(row{})")},
	{"a generic String", CodePrint, whyGeneric, source(`"fmt"`, "type list[T any] []T\nfunc (l list[T]) String() string { return \"\" }", "fmt.Println(list[int]{})")},
	{"an own type in any", CodePrint, whyHeld, source(`"fmt"`, "type row struct{ N int }", "var v any = row{}\nfmt.Printf(\"%+v\", v)")},
	{"perhaps an own type with methods", CodePrint, whyMaybe, source(`"fmt"`, stringer+"type row struct{ V any }", "var v any = level(1)\n_ = v\nfmt.Println(row{})")},
}

const (
	wrapped  = "type wrap struct{ err error }\nfunc (w *wrap) Error() string { return \"\" }\nfunc open() error { return &wrap{} }\n"
	stringer = "type level int\nfunc (l level) String() string { return \"\" }\n"
)
