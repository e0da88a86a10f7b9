package interp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/interp/bundle"
)

// patience is after how long a program does not end, on the slowest of machines.
const patience = 10 * time.Minute

var regenerate = flag.Bool("regenerate", false, "write the .out files of testdata/programs anew with go run")

// TestMain plays the interpreting child when the environment says so: yaegi cannot
// stop a program, so each has a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("INTERP_TEST_CHILD") != "" {
		os.Exit(testChild())
	}
	if len(os.Args) == 2 && os.Args[1] == "interp" {
		os.Exit(Main())
	}
	flag.Parse()
	os.Exit(m.Run())
}

// testChild interprets the files on stdin, without the locks of the real child.
func testChild() int {
	var files []File
	in, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(in, &files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test child:", err)
		return 99
	}
	imp, err := bundle.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test child:", err)
		return 99
	}
	run, found, err := prepare(files, imp, modeRun)
	if len(found) > 0 {
		json.NewEncoder(os.Stdout).Encode(found)
		return 77
	}
	if err == nil {
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test child:", err)
		return 2
	}
	return 0
}

// An outcome is what became of one program.
type outcome struct {
	found  []Diagnostic
	out    string
	stderr string
	err    error
}

func interpret(t *testing.T, files ...File) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	in, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "INTERP_TEST_CHILD=1")
	cmd.Stdin = bytes.NewReader(in)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	o := outcome{err: cmd.Run()}
	var exit *exec.ExitError
	if errors.As(o.err, &exit) && exit.ExitCode() == 77 {
		o.err = json.Unmarshal(out.Bytes(), &o.found)
		return o
	}
	o.out, o.stderr = out.String(), stderr.String()
	return o
}

// TestPrograms: a program either does what Go does, or is refused. The .out beside
// it is what go run printed; a program without one does not compile.
func TestPrograms(t *testing.T) {
	names, err := filepath.Glob("testdata/programs/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal("no programs", err)
	}
	var mu sync.Mutex
	refused := make(map[string]int)
	ran := 0
	t.Run("all", func(t *testing.T) {
		for _, name := range names {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".go"), func(t *testing.T) {
				t.Parallel()
				o := interpret(t, File{Name: "main.go", Text: read(t, name)})
				mu.Lock()
				defer mu.Unlock()
				if len(o.found) > 0 {
					refused[o.found[0].Code]++
					if o.found[0].Code == CodeInterpreter {
						t.Errorf("the lint let pass what the interpreter cannot compile: %s", o.found[0].Message)
					}
					t.Logf("refused: %d:%d %s: %s", o.found[0].Line, o.found[0].Column, o.found[0].Code, o.found[0].Message)
					return
				}
				ran++
				want, err := os.ReadFile(strings.TrimSuffix(name, ".go") + ".out")
				if err != nil {
					t.Fatalf("Go does not compile this program, the interpreter ran it: %v", err)
				}
				if o.err != nil {
					t.Fatalf("%v\n%s", o.err, clip(o.stderr))
				}
				if o.out != string(want) {
					t.Errorf("interpreted:\n%s\ncompiled:\n%s", o.out, want)
				}
			})
		}
	})
	t.Logf("%d programs: %d run as compiled, refused by code %v", len(names), ran, refused)
}

// TestRegenerate writes the expected outputs; it does nothing without -regenerate.
func TestRegenerate(t *testing.T) {
	if !*regenerate {
		t.Skip("run with -regenerate to ask go run")
	}
	names, err := filepath.Glob("testdata/programs/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		out := strings.TrimSuffix(name, ".go") + ".out"
		var stderr bytes.Buffer
		cmd := exec.Command("go", "run", name)
		cmd.Stderr = &stderr
		text, err := cmd.Output()
		if err != nil {
			if !strings.HasPrefix(filepath.Base(name), "bad_") {
				t.Errorf("%s: %v\n%s", name, err, clip(stderr.String()))
			}
			os.Remove(out)
			continue
		}
		if err := os.WriteFile(out, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func clip(s string) string {
	if len(s) > 3000 {
		return s[:1500] + "\n…\n" + s[len(s)-1500:]
	}
	return s
}
