package build

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// What all tests share. The first run on a machine makes the pack, in
// BROKERLAB_CACHE or else in the user's cache.
var (
	testPack   *Pack
	testCache  string
	testModule = filepath.Join("..", "..")
	testLab    string // the command that plays the children
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "brokerlab-build-test-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := prepare(dir); err != nil {
		log.Print(err)
		return 1
	}
	return m.Run()
}

func prepare(dir string) (err error) {
	testLab = filepath.Join(dir, "lab"+exeSuffix)
	cmd := exec.Command("go", "build", "-o", testLab, "./testdata/lab")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the lab command: %w\n%s", err, out)
	}
	if testCache = os.Getenv("BROKERLAB_CACHE"); testCache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		testCache = filepath.Join(user, "brokerlab")
	}
	testPack, err = MakePack(context.Background(), testModule, testCache, nil)
	return err
}

// options are for children of their own, at level A where this machine has it.
func options(t testing.TB) Options {
	t.Helper()
	return Options{Pack: testPack, Cache: t.TempDir(), Lab: testLab, Level: testLevel(t)}
}

// testLevel is level A where children can be put there, else C.
func testLevel(t testing.TB) jail.Level {
	t.Helper()
	level, err := foundLevel()
	if err != nil {
		t.Logf("the children run unconfined: %v", err)
	}
	return level
}

// foundLevel tries level A once.
var foundLevel = sync.OnceValues(func() (jail.Level, error) {
	c := NewChecker(Options{Pack: testPack, Lab: testLab, Level: jail.LevelA})
	defer c.Close()
	if err := c.Warm(context.Background()); err != nil {
		return jail.LevelC, err
	}
	return jail.LevelA, nil
})

// newChecker is a Checker for the length of one test.
func newChecker(t testing.TB) *Checker {
	t.Helper()
	c := NewChecker(options(t))
	t.Cleanup(c.Close)
	return c
}

// newCompiler is a Compiler for the length of one test.
func newCompiler(t testing.TB) *Compiler {
	t.Helper()
	opts := options(t)
	checker := NewChecker(opts)
	t.Cleanup(checker.Close)
	c := NewCompiler(opts, checker)
	t.Cleanup(c.Close)
	return c
}

// mainFile is a program of one file.
func mainFile(text string) []File { return []File{{Name: mainName, Text: text}} }
