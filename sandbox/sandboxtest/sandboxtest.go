// Package sandboxtest gives tests a real Sandbox. It builds the lab command once
// for each test process, without cgo, and keeps the compiler pack in a cache that
// all tests on a machine share.
package sandboxtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/build"
)

// Lab commands that can be built: the real one, and one whose host only runs
// programs.
const (
	BrokerLab = "./cmd/brokerlab-lab"
	TestLab   = "./sandbox/sandboxtest/testlab"
)

// packTime is how long making a pack may take on a slow machine.
const packTime = 20 * time.Minute

// Open gives a Sandbox with the lab command that is built from a package of this
// repository. It may have no compiler pack.
func Open(t testing.TB, lab string, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	o.Lab, o.Cache = Lab(t, lab), Cache(t)
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Cache is the folder that tests share: BROKERLAB_CACHE, or a folder of its own in
// the user's cache.
func Cache(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("BROKERLAB_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "brokerlab")
}

// Pack gives the compiler pack, and makes it when there is none for this source.
func Pack(t testing.TB) *build.Pack {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), packTime)
	defer cancel()
	pack, err := build.MakePack(ctx, root(), Cache(t), func(int, int, string) {})
	if err != nil {
		t.Fatal(err)
	}
	return pack
}

// built holds what each lab package was built to.
var built struct {
	sync.Mutex
	dir   string
	paths map[string]string
}

// Lab builds a lab command, once for each test process, and gives its path.
func Lab(t testing.TB, pkg string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if path := built.paths[pkg]; path != "" {
		return path
	}
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "brokerlab-test-")
		if err != nil {
			t.Fatal(err)
		}
		built.dir, built.paths = dir, make(map[string]string)
	}
	path := filepath.Join(built.dir, filepath.Base(pkg))
	if err := Compile(path, pkg); err != nil {
		t.Fatal(err)
	}
	built.paths[pkg] = path
	return path
}

// Clean removes what Lab built. Call it in TestMain after m.Run.
func Clean() {
	built.Lock()
	defer built.Unlock()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir) // a temporary folder
	}
	built.dir, built.paths = "", nil
}

// Compile builds a package of this repository, or files below it, without cgo and
// executable for everyone.
func Compile(out string, what ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", out}, what...)...)
	cmd.Dir = root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", strings.Join(what, " "), err, b)
	}
	return os.Chmod(out, 0o755)
}

// root is the top folder of this repository.
var root = sync.OnceValue(func() string {
	b, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "."
	}
	return filepath.Dir(strings.TrimSpace(string(b)))
})
