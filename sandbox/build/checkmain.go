package build

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"time"
)

// checkerMemory is what the resident child may hold. All clients' export data
// takes about a third of it.
const checkerMemory = 512 << 20

// outOfMemory is what the child says before it ends for want of memory, as Go's
// own runtime does.
const outOfMemory = "check: out of memory"

// A question is what the parent asks the resident child.
type question struct {
	Do     string `json:"do"` // check, prepare, complete
	Files  []File `json:"files"`
	Name   string `json:"name,omitempty"`
	Offset int    `json:"offset,omitempty"`
}

// An answer is what the child says.
type answer struct {
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	Prepared    *prepared    `json:"prepared,omitempty"` // when there are no errors
	Completions []Completion `json:"completions,omitempty"`
	Error       string       `json:"error,omitempty"` // ours
}

// CheckMain is the resident child: brokerlab-lab check. It answers questions
// from its stdin on its stdout until stdin ends, and gives its exit code.
func CheckMain() int {
	debug.SetMemoryLimit(checkerMemory * 3 / 4)
	pack, err := confine("check")
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		return 3
	}
	a, err := newAnalyser(pack)
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		return 3
	}
	go watchMemory()
	a.warm(commonPackages)
	if err := a.serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		return 3
	}
	return 0
}

// serve says that it is ready and answers questions until there are no more.
func (a *analyser) serve(r io.Reader, w io.Writer) error {
	in := bufio.NewReader(r)
	for say := (answer{}); ; {
		if err := frames.Write(w, say); err != nil {
			return err
		}
		var q question
		if err := frames.Read(in, &q); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		say = a.answer(q)
	}
}

// commonPackages are imported when the child starts: what the labs' programs
// begin with. Others are imported when the first program asks for them.
var commonPackages = []string{
	"fmt", "context", "errors", "log", "log/slog", "net/http", "encoding/json", "os", "os/signal", "strconv", "strings",
	"sync", "sync/atomic", "time", "bytes", "io", "math/rand/v2", "sort", "slices", "maps",
	"github.com/rabbitmq/amqp091-go",
}

// answer does what one question asks.
func (a *analyser) answer(q question) (out answer) {
	switch q.Do {
	case "check", "prepare":
		c := a.check(q.Files)
		defer c.forget()
		out.Diagnostics = c.found
		bad := slices.ContainsFunc(c.found, func(d Diagnostic) bool { return d.Severity == "error" })
		if q.Do == "prepare" && !bad {
			p := instrument(c, talks)
			out.Prepared = &p
		}
	case "complete":
		out.Completions = a.complete(q.Files, q.Name, q.Offset)
	default:
		out.Error = fmt.Sprintf("unknown question %q", q.Do)
	}
	return out
}

// watchMemory ends the child when it holds too much; its parent starts another.
func watchMemory() {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		metrics.Read(sample)
		if sample[0].Value.Uint64()-sample[1].Value.Uint64() > checkerMemory {
			fmt.Fprintln(os.Stderr, outOfMemory)
			os.Exit(4)
		}
	}
}
