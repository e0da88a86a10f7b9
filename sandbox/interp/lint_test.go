package interp

import (
	"go/token"
	"strings"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox/interp/allow"
	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
)

// diagnoseSource is the first diagnostic of a source, which is never run.
func diagnoseSource(t *testing.T, files ...File) Diagnostic {
	t.Helper()
	imp, err := bundle.New()
	if err != nil {
		t.Fatal(err)
	}
	p := load(token.NewFileSet(), files, imp, modeRun)
	if len(p.found) == 0 {
		return Diagnostic{}
	}
	return p.found[0]
}

// TestRefusals: each rule says its code at the place that is wrong, and stays silent
// about the rewrite that it proposes.
func TestRefusals(t *testing.T) {
	tests := []struct {
		name, code   string
		bad, rewrite string // statements of main; ▸ stands before the place
	}{
		{"loop variable in a closure", CodeLoopVar, "var fs []func()\nfor i := 0; i < 3; i++ {\nfs = append(fs, func() { fmt.Println(▸i) })\n}\n_ = fs",
			"var fs []func()\nfor i := 0; i < 3; i++ {\ni := i\nfs = append(fs, func() { fmt.Println(i) })\n}\n_ = fs"},
		{"loop variable in a goroutine", CodeLoopVar, "for _, s := range []string{\"a\"} {\ngo func() { fmt.Println(▸s) }()\n}",
			"for _, s := range []string{\"a\"} {\ngo func(s string) { fmt.Println(s) }(s)\n}"},
		{"loop variable in sort.Slice", "", "", "for _, xs := range [][]int{{2, 1}} {\nsort.Slice(xs, func(i, j int) bool { return xs[i] < xs[j] })\n}"},
		{"range over a number", CodeRangeInt, "for i := range ▸3 {\nfmt.Println(i)\n}", "for i := 0; i < 3; i++ {\nfmt.Println(i)\n}"},
		{"min", CodeMinMax, "fmt.Println(▸min(1, 2))", ""},
		{"defer with a variable", CodeDeferArgument, "x := 1\ndefer fmt.Println(▸x)\nx = 2", "x := 1\ny := x\ndefer func() { fmt.Println(y) }()\nx = 2\n_ = x"},
		{"defer in a loop", CodeDeferLoop, "for i := 0; i < 2; i++ {\n▸defer fmt.Println(\"x\")\n}", "for i := 0; i < 2; i++ {\nfunc() {\ndefer fmt.Println(\"x\")\n}()\n}"},
		{"send of a literal in select", CodeSelectSend, "type ev struct{ n int }\nch := make(chan ev, 1)\nselect {\ncase ch <- ▸ev{1}:\ndefault:\n}", "type ev struct{ n int }\nch := make(chan ev, 1)\ne := ev{1}\nselect {\ncase ch <- e:\ndefault:\n}"},
		{"break in select", CodeSelectBreak, "ch := make(chan int, 1)\nfor {\nselect {\ncase <-ch:\n▸break\ndefault:\n}\nreturn\n}", ""},
		{"label of a select", CodeSelectLabel, "ch := make(chan int, 1)\n▸wait:\nselect {\ncase x := <-ch:\nif x > 0 {\nbreak wait\n}\ndefault:\n}", ""},
		{"labelled break out of select", "", "", "ch := make(chan int, 1)\nloop:\nfor {\nselect {\ncase <-ch:\ndefault:\nbreak loop\n}\n}"},
		{"fallthrough around default", CodeFallthrough, "switch x := 0; x {\ncase 0:\n▸fallthrough\ndefault:\nfmt.Println(x)\ncase 1:\n}", "switch x := 0; x {\ncase 0:\nfallthrough\ncase 1:\ndefault:\nfmt.Println(x)\n}"},
		{"semicolon as a case", CodeEmptyCase, "switch x := 0; x {\ncase 0:\n▸;\ncase 1:\nfmt.Println(x)\n}", "switch x := 0; x {\ncase 0:\ncase 1:\nfmt.Println(x)\n}"},
		{"semicolon as a case of types", CodeEmptyCase, "var x any = 1\nswitch x.(type) {\ncase int: ▸;\ndefault:\nfmt.Println(x)\n}", "var x any = 1\nswitch x.(type) {\ncase int:\ndefault:\nfmt.Println(x)\n}"},
		{"receive into a variable", CodeReceive, "ch := make(chan int, 1)\nx := 1\n▸x = <-ch\n_ = x", "ch := make(chan int, 1)\nx := 1\nr := <-ch\nx = r\n_ = x"},
		{"generic function of slices", CodeSymbol, "xs := []int{2, 1}\nslices.▸Sort(xs)", "xs := []int{2, 1}\nsort.Ints(xs)"},
		{"inner Stringer", CodePrint, "fmt.Println(▸[]level{1})", "fmt.Println([]string{level(1).String()})"},
		{"Stringer by its number", CodePrint, "fmt.Printf(\"%s %d\\n\", level(1), ▸level(1))", "fmt.Printf(\"%s %d\\n\", level(1), int(level(1)))"},
		{"type name", CodePrint, "fmt.Printf(\"%T\\n\", ▸level(1))", ""},
		{"format that is not constant", CodePrint, "f := \"%v\"\nfmt.Printf(f, ▸level(1))", "f := \"%v\"\nfmt.Printf(f, 1)"},
		{"errors.As of an own type", CodeErrorAs, "var err error\nvar own *failure\nfmt.Println(▸errors.As(err, &own))", "var err error\nif own, ok := err.(*failure); ok {\nfmt.Println(own.n)\n}"},
		{"asking for an interface", CodeInterfaceCase, "var v any = 1\n_, ok := v.(▸fmt.Stringer)\n_ = ok", ""},
		{"own type like another", CodeTypeIdentity, "var v any = level(1)\n_, ok := v.(▸int)\n_ = ok", "var v any = 1\n_, ok := v.(int)\n_ = ok"},
		{"recovered value", CodeRecoverValue, "defer func() { fmt.Println(▸recover()) }()\nvar xs []int\n_ = xs[0]", "defer func() {\nif recover() != nil {\nfmt.Println(\"failed\")\n}\n}()\nvar xs []int\n_ = xs[0]"},
		{"method value", CodeMethodValue, "f := ▸level(1).String\nfmt.Println(f())", "l := level(1)\nf := func() string { return l.String() }\nfmt.Println(f())"},
		{"named result", CodeNamedResult, "f := func() (n int) {\n▸n++\nreturn n\n}\nfmt.Println(f())", "f := func() (n int) {\nn = 0\nn++\nreturn n\n}\nfmt.Println(f())"},
		{"emoji before the place", CodeMinMax, "fmt.Println(\"🙂\", ▸max(1, 2))", ""},
		{"files", CodeSymbol, "fmt.Println(os.▸Open(\"/etc/passwd\"))", ""},
		{"typed constants that repeat", CodeConstant, "const (\n▸a level = iota + 1\nb\n)\nfmt.Println(a == b)", "const (\na level = 1\nb level = 2\n)\nfmt.Println(a == b)"},
		{"typed constants by iota", "", "", "const (\na level = iota\nb\n)\nfmt.Println(a == b)"},
		{"a system call", CodeSymbol, "fmt.Println(syscall.▸Kill(1, syscall.SIGTERM))", "fmt.Println(syscall.SIGTERM)"},
		{"starting a process", CodeSymbol, "fmt.Println(os.▸StartProcess(\"/bin/sh\", nil, nil))", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.bad != "" {
				source := program4(tt.bad)
				before, _, _ := strings.Cut(source, "▸")
				line := 1 + strings.Count(before, "\n")
				column := 1 + utf16Units(before[strings.LastIndexByte(before, '\n')+1:])
				d := diagnoseSource(t, File{Name: "main.go", Text: strings.Replace(source, "▸", "", 1)})
				if d.Code != tt.code || d.Line != line || d.Column != column {
					t.Errorf("%d:%d %s %q, want %s at %d:%d", d.Line, d.Column, d.Code, d.Message, tt.code, line, column)
				}
			}
			if tt.rewrite != "" {
				if d := diagnoseSource(t, File{Name: "main.go", Text: program4(tt.rewrite)}); d.Code != "" {
					t.Errorf("the rewrite is refused too: %d:%d %s %s", d.Line, d.Column, d.Code, d.Message)
				}
			}
		})
	}
}

func utf16Units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// program4 is a program around the statements of main, with imports as they need.
func program4(body string) string {
	var imports strings.Builder
	for _, pkg := range []string{"errors", "os", "slices", "sort", "syscall"} {
		if strings.Contains(body, pkg+".") {
			imports.WriteString("import \"" + pkg + "\"\n")
		}
	}
	return "package main\nimport \"fmt\"\n" + imports.String() + `type level int
func (l level) String() string { return fmt.Sprint("L", int(l)) }
type failure struct{ n int }
func (f *failure) Error() string { return "failure" }
func main() {
` + body + "\n}\n"
}

// TestRefusedImports: a package that is a door is refused with the reason.
func TestRefusedImports(t *testing.T) {
	for path, want := range map[string][2]string{
		"unsafe": {CodeUnsafe}, "brokerlab/check": {CodeCheckPackage},
		"os/exec": {CodeImport, allow.NoProcess}, "plugin": {CodeImport, allow.NoProcess}, "runtime/debug": {CodeImport, allow.NoHost},
		"example.com/nowhere": {CodeImport}, "github.com/traefik/yaegi/interp": {CodeImport},
	} {
		d := diagnoseSource(t, File{Name: "main.go", Text: "package main\n\nimport _ \"" + path + "\"\n\nfunc main() {}\n"})
		if d.Code != want[0] || d.Line != 3 || d.Params["why"] != want[1] {
			t.Errorf("import %q: %d %s %v %q, want %v", path, d.Line, d.Code, d.Params, d.Message, want)
		}
	}
}

// TestSeveralFiles: files are read as one, and imports are each file's own.
func TestSeveralFiles(t *testing.T) {
	main := File{Name: "main.go", Text: "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(b()+1, shout(\"x\")) }\n"}
	other := File{Name: "other.go", Text: "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nvar c = 10\n\nfunc b() int { return c }\n\nfunc shout(s string) string { return fmt.Sprint(strings.ToUpper(s), len(s)) }\n"}
	o := interpret(t, main, other)
	if o.err != nil || o.out != "11 X1\n" {
		t.Errorf("%v %q %s %+v, want 11 X1", o.err, o.out, o.stderr, o.found)
	}
	early := File{Name: "early.go", Text: "package main\n\nvar a = b() + 1\n\nfunc use() int { return a }\n"}
	if d := diagnoseSource(t, early, main, other); d.Code != CodeInitOrder || d.File != "early.go" || d.Line != 3 {
		t.Errorf("%+v, want %s in early.go:3", d, CodeInitOrder)
	}
	clash := File{Name: "other.go", Text: "package main\n\nimport fmt \"strings\"\n\nfunc shout(s string) string { return fmt.ToUpper(s) }\n\nfunc b() int { return 1 }\n"}
	if d := diagnoseSource(t, main, clash); d.Code != CodeNames || d.File != "other.go" || d.Line != 3 {
		t.Errorf("%+v, want %s in other.go:3", d, CodeNames)
	}
}
