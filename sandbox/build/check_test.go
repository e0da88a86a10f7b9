package build

import (
	"fmt"
	"strings"
	"testing"
)

// show writes a diagnostic as file:line:col-line:col code message.
func show(d Diagnostic) string {
	return fmt.Sprintf("%s:%d:%d-%d:%d %s %s", d.File, d.Line, d.Column, d.EndLine, d.EndColumn, d.Code, d.Message)
}

func TestDiagnostics(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a program without faults", "package main\n\nfunc main() { println(1) }\n", nil},
		{"an unused variable is an error", "package main\n\nfunc main() {\n\tx := 1\n}\n",
			[]string{"main.go:4:2-4:3 UnusedVar declared and not used: x"}},
		{"an unused import is an error", "package main\n\nimport \"os\"\n\nfunc main() {}\n",
			[]string{`main.go:3:8-3:12 UnusedImport "os" imported and not used`}},
		{"columns count as JavaScript does", "package main\n\nfunc main() {\n\tprintln(\"привет 🐇\", x)\n}\n",
			[]string{"main.go:4:23-4:24 UndeclaredName undefined: x"}},
		{"a method that is not there", "package main\n\nimport amqp \"github.com/rabbitmq/amqp091-go\"\n\nfunc main() {\n\tvar d amqp.Delivery\n\td.Acknowledge(false)\n}\n",
			[]string{"main.go:7:4-7:15 MissingFieldOrMethod d.Acknowledge undefined (type amqp091.Delivery has no field or method Acknowledge)"}},
		{"the wrong number of values", "package main\n\nfunc f() (int, error) { return 1, nil }\n\nfunc main() {\n\tx := f()\n\t_ = x\n}\n",
			[]string{"main.go:6:7-6:10 WrongAssignCount assignment mismatch: 1 variable but f returns 2 values"}},
		{"a missing return", "package main\n\nfunc f() int {\n}\n\nfunc main() { f() }\n",
			[]string{"main.go:4:1-4:2 MissingReturn missing return"}},
		{"two declarations are one diagnostic", "package main\n\nfunc f() {}\nfunc f() {}\n\nfunc main() {}\n",
			[]string{"main.go:4:6-4:7 DuplicateDecl f redeclared in this block; other declaration of f at main.go:3:6"}},
		{"errors come in the order of the text", "package main\n\nfunc main() {\n\tvar b int = \"\"\n\ta := 1\n}\n",
			[]string{
				"main.go:4:6-4:7 UnusedVar declared and not used: b",
				"main.go:4:14-4:16 IncompatibleAssign cannot use \"\" (untyped string constant) as int value in variable declaration",
				"main.go:5:2-5:3 UnusedVar declared and not used: a"}},
		{"a syntax error hides what follows from it", "package main\n\nfunc main() {\n\tif x := 1 {\n\t}\n}\n",
			[]string{"main.go:4:5-4:6 syntax expected boolean expression, found assignment (missing parentheses around composite literal?)"}},
		{"range over int and generics are Go", "package main\n\nfunc id[T any](x T) T { return x }\n\nfunc main() {\n\tfor i := range 3 {\n\t\tprintln(id(i), min(1, i))\n\t}\n}\n", nil},
	}
	checker := newChecker(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := checker.Check(t.Context(), mainFile(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, found, tt.want)
		})
	}
}

// compare compares diagnostics with how show writes them.
func compare(t *testing.T, found []Diagnostic, want []string) {
	t.Helper()
	var got []string
	for _, d := range found {
		got = append(got, show(d))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("found\n%s\nwant\n%s", g, w)
	}
}

func TestRules(t *testing.T) {
	const rest = "\n\nfunc main() {}\n"
	tests := []struct {
		name  string
		files []File
		want  []string // codes
	}{
		{"no files", nil, []string{CodeNoFiles}},
		{"64 KiB are allowed", mainFile("package main" + rest + "//" + strings.Repeat("x", MaxSource-len("package main"+rest)-2)), nil},
		{"64 KiB and a byte are not", mainFile("package main" + rest + "//" + strings.Repeat("x", MaxSource-len("package main"+rest)-1)), []string{CodeTooLarge}},
		{"the size is that of all files", []File{{"main.go", "package main" + rest + "//" + strings.Repeat("x", MaxSource/2)}, {"b.go", "package main\n//" + strings.Repeat("x", MaxSource/2)}}, []string{CodeTooLarge}},
		{"too many files", manyFiles(maxFiles + 1), []string{CodeTooMany}},
		{"a file name with a folder", []File{{"../main.go", "package main" + rest}}, []string{CodeFileName}},
		{"a file name that is a flag", []File{{"-o.go", "package main" + rest}}, []string{CodeFileName}},
		{"a file that is not Go", []File{{"main.s", "package main" + rest}}, []string{CodeFileName}},
		{"the name of the generated file", []File{{"ZZ_brokerlab.go", "package main" + rest}}, []string{CodeFileName}},
		{"a test file", []File{{"main_test.go", "package main" + rest}}, []string{CodeTestFile}},
		{"two files of one name", []File{{"main.go", "package main" + rest}, {"Main.go", "package main"}}, []string{CodeSameName}},
		{"bytes that are no text", mainFile("package main\xff"), []string{CodeNotText}},
		{"two plain files", []File{{"main.go", "package main\n\nfunc main() { f() }\n"}, {"f.go", "package main\n\nfunc f() {}\n"}}, nil},
		{"another package", mainFile("package worker" + rest), []string{CodePackage}},
		{"an import that is not there", mainFile("package main\n\nimport _ \"github.com/streadway/amqp\"" + rest), []string{CodeImport}},
		{"an internal import", mainFile("package main\n\nimport _ \"internal/abi\"" + rest), []string{CodeImport}},
		{"a vendored import", mainFile("package main\n\nimport _ \"vendor/golang.org/x/net/idna\"" + rest), []string{CodeImport}},
		{"our own packages", mainFile("package main\n\nimport _ \"" + lockdownPath + "\"" + rest), []string{CodeImport}},
		{"what a client imports itself", mainFile("package main\n\nimport _ \"golang.org/x/sys/unix\"" + rest), []string{CodeImport}},
		{"cgo", mainFile("package main\n\nimport \"C\"" + rest), []string{CodeCgo}},
		{"unsafe", mainFile("package main\n\nimport \"unsafe\"\n\nvar _ unsafe.Pointer" + rest), []string{CodeUnsafe}},
		{"embed", mainFile("package main\n\nimport _ \"embed\"\n\n//go:embed /etc/passwd\nvar secret string" + rest), []string{CodeImport, CodeDirective}},
		{"linkname", mainFile("package main\n\n//go:linkname f runtime.f\nfunc f()" + rest), []string{CodeDirective, CodeNoBody}},
		{"nosplit inside a function", mainFile("package main\n\nfunc main() {\n\t//go:nosplit\n}\n"), []string{CodeDirective}},
		{"a build tag", mainFile("//go:build ignore\n\npackage main" + rest), []string{CodeDirective}},
		{"a line directive", mainFile("package main\n\n//line other.go:1" + rest), []string{CodeDirective}},
		{"a line directive within a line", mainFile("package main\n\nfunc main() { /*line other.go:1*/ }\n"), []string{CodeDirective}},
		{"words that only look like directives", mainFile("package main\n\n// go: on\n//nolint:all\n//lines\n// line 4" + rest), nil},
		{"a directive in a string is text", mainFile("package main\n\nfunc main() { println(`\n//go:linkname a b\n`) }\n"), nil},
		{"a body in assembly", mainFile("package main\n\nfunc f()" + rest), []string{CodeNoBody}},
		{"our name", mainFile("package main\n\nfunc brokerlabAt(int32, int32) {}" + rest), []string{CodeReserved}},
		{"our name as a field", mainFile("package main\n\ntype t struct{ brokerlabX int }" + rest), []string{CodeReserved}},
		{"no main", mainFile("package main\n\nfunc Main() {}\n"), []string{CodeNoMain}},
		{"a main that is a method", mainFile("package main\n\ntype t int\n\nfunc (t) main() {}\n"), []string{CodeNoMain}},
	}
	checker := newChecker(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := checker.Check(t.Context(), tt.files)
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, d := range found {
				codes = append(codes, d.Code)
			}
			if got, want := strings.Join(codes, " "), strings.Join(tt.want, " "); got != want {
				t.Errorf("codes %q, want %q: %v", got, want, found)
			}
		})
	}
}

// TestEmptyFileMissesItsPackage: that is said, and nothing of a semicolon, of a package
// without a name and of main.
func TestEmptyFileMissesItsPackage(t *testing.T) {
	for _, text := range []string{"", "// nothing yet\n", "func main() {}\n"} {
		found, err := newChecker(t).Check(t.Context(), mainFile(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || found[0].Code != CodeSyntax || !strings.HasPrefix(found[0].Message, "expected 'package'") {
			t.Errorf("%q: found %v", text, found)
		}
	}
}

func manyFiles(n int) []File {
	var files []File
	for i := range n {
		files = append(files, File{fmt.Sprintf("f%d.go", i), "package main\n"})
	}
	return files
}

func TestRefusedImportNamesAlternatives(t *testing.T) {
	tests := []struct{ path, near string }{
		{"github.com/streadway/amqp", "github.com/rabbitmq/amqp091-go"},
		{"github.com/segmentio/kafka-go", "github.com/twmb/franz-go/pkg/kgo"},
		{"github.com/rabbitmq/amqp091", "github.com/rabbitmq/amqp091-go"},
		{"github.com/go-redis/redis/v8", "github.com/redis/go-redis/v9"},
		{"encoding/jsn", "encoding/json"},
		{"strngs", "strings"},
		{"http", "net/http"},
	}
	for _, tt := range tests {
		near := closest(tt.path, testPack.Allow)
		if len(near) == 0 || near[0] != tt.near {
			t.Errorf("closest to %q is %q, want %q first", tt.path, near, tt.near)
		}
		if len(near) > 3 {
			t.Errorf("closest to %q gives %d paths, want at most 3", tt.path, len(near))
		}
	}
	if near := closest("example.com/nothing/like/it", testPack.Allow); len(near) > 0 {
		t.Errorf("%q offered for a path that is like nothing", near)
	}
}

func TestDiagnosticsAreBounded(t *testing.T) {
	text := "package main\n\nfunc main() {\n" + strings.Repeat("\t_ = undefined\n", 200) + "}\n"
	found, err := newChecker(t).Check(t.Context(), mainFile(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != maxShown {
		t.Errorf("%d diagnostics, want the first %d", len(found), maxShown)
	}
}
