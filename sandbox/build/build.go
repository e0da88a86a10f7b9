// Package build turns a student's Go source into diagnostics, completions and
// a linked program, without the go command and without a module cache.
//
// Read it in this order:
//
//	allow.go      which packages a program may import, and what is close to one it may not
//	pack.go       the pack: compile, link and the archives of those packages, in one folder
//	makepack.go   making a pack with the go command on PATH, once per machine;  golist.go: what that knows
//	rules.go      what a program may not say, found on its syntax tree
//	analyse.go    go/types over the pack's export data: diagnostics;  typecodes.go: names of their codes
//	complete.go   the same, asked what could stand at the cursor
//	trace.go      the display-only trace: a call before each statement that talks to a broker
//	checker.go    the resident child that does the three above, as its parent sees it;  checkmain.go: the child
//	compiler.go   compile and link in a child, joined, cached and bounded;  buildmain.go: the child
//	child.go      how parent and child talk;  used_*.go: the processor time of a child, on which its patience hangs
//	store.go      the finished programs on disk, least recently used first to go
//	archive.go    a pack as one compressed file, for make dist
//	confine.go    how the children are shut in;  os_*.go: locks, groups of processes
//
// The parent never parses what a student wrote. It happens in two children in
// sandboxes of their own: "check" stays and answers many requests, "build" is
// started for one program.
//
// Left out on purpose: cgo, assembly, embed, build tags and packages other than
// main. A program that needs one of them is refused with a code that says so.
package build

import (
	"errors"
	"log/slog"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// Version names what this package does to a source. It is part of the key of
// every cached program, so a change of the rewriting or of the flags must
// change it too.
const Version = "1"

// Limits on what a student sends and on what is made from it.
const (
	MaxSource = 64 << 10 // bytes of all files together
	maxFiles  = 32
	maxBinary = 64 << 20 // bytes of a linked program; pulsar's is 19 MiB
	maxShown  = 50       // diagnostics in one answer
)

// Errors that are not the student's.
var (
	// ErrNoPack means that the cache holds no complete pack: run make.
	ErrNoPack = errors.New("no compiler pack")
	// ErrTooSlow means that a child was killed because it took too long.
	ErrTooSlow = errors.New("took too long")
	// ErrTooBig means that a child ended because it needed too much memory.
	ErrTooBig = errors.New("took too much memory")
	// ErrChild means that a child ended or answered nonsense.
	ErrChild = errors.New("the child process failed")
)

// A File is one source file of a student's program.
type File struct {
	Name string `json:"name"` // "main.go", no folders
	Text string `json:"text"`
}

// A Diagnostic is one thing that is wrong with a program. Lines and columns
// count from 1; columns are UTF-16 code units, as an editor in a browser counts
// them. The end is exclusive and never before the start.
type Diagnostic struct {
	File      string            `json:"file"`
	Line      int               `json:"line"`
	Column    int               `json:"column"`
	EndLine   int               `json:"endLine"`
	EndColumn int               `json:"endColumn"`
	Severity  string            `json:"severity"` // "error" or "warning"
	Message   string            `json:"message"`  // English, Go's own words where they are Go's
	Code      string            `json:"code"`     // go/types' name such as "UnusedVar", or a rule's such as "import-not-allowed"
	Params    map[string]string `json:"params,omitempty"`
}

// A Completion is something that could stand at the cursor.
type Completion struct {
	Label  string `json:"label"`
	Kind   string `json:"kind"`             // function method field variable constant type package keyword
	Detail string `json:"detail,omitempty"` // signature or type
	Import string `json:"import,omitempty"` // path to add to the imports when this is taken
}

// A Binary is a linked program in the cache.
type Binary struct {
	Path    string        // file, read-only and executable
	Hash    string        // of source, pack and Version
	Calls   []string      // what a trace record's Call points into
	Elapsed time.Duration // what this call of Compile took
	Cached  bool          // nothing was compiled
}

// Options is what a Checker and a Compiler need.
type Options struct {
	Pack  *Pack
	Cache string     // folder; programs are kept in its bin
	Lab   string     // path of the brokerlab-lab command, which plays the children
	Level jail.Level // LevelA puts the children into a sandbox; else they are plain
	Keep  int64      // bytes of programs to keep in the cache; 0 means 2 GiB
	Log   *slog.Logger
}
