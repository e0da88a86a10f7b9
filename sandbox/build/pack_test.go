package build

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestPackHoldsWhatProgramsMayImport(t *testing.T) {
	archives, err := testPack.archives()
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) != testPack.Packages() {
		t.Errorf("%d archives, want %d", len(archives), testPack.Packages())
	}
	var paths []string
	for _, p := range testPack.Allow {
		paths = append(paths, p.Path)
		if st, err := os.Stat(archives[p.Path]); err != nil || st.Size() == 0 {
			t.Errorf("%s may be imported and has no archive: %v", p.Path, err)
		}
	}
	if !slices.IsSorted(paths) {
		t.Error("the allow-list is not sorted")
	}
	for _, want := range append([]string{"fmt", "net/http", "encoding/json", "os/signal"}, Clients...) {
		if !slices.Contains(paths, want) {
			t.Errorf("%s may not be imported", want)
		}
	}
	for _, not := range []string{"unsafe", "plugin", "embed", "runtime/cgo", "internal/abi", "cmd/internal/obj", lockdownPath, "golang.org/x/sys/unix"} {
		if slices.Contains(paths, not) {
			t.Errorf("%s may be imported", not)
		}
	}
	for _, hidden := range []string{"runtime", lockdownPath} {
		if archives[hidden] == "" {
			t.Errorf("%s has no archive, and every program needs it", hidden)
		}
	}
}

func TestUnchangedPackIsOpened(t *testing.T) {
	p, err := MakePack(t.Context(), testModule, testCache, func(int, int, string) { t.Error("something is made again") })
	if err != nil {
		t.Fatal(err)
	}
	if p.Dir != testPack.Dir {
		t.Errorf("folder %s, want %s", p.Dir, testPack.Dir)
	}
	again, err := OpenPack(testCache)
	if err != nil {
		t.Fatal(err)
	}
	if again.Dir != testPack.Dir {
		t.Errorf("OpenPack gives %s, want the one asked for last, %s", again.Dir, testPack.Dir)
	}
}

func TestTwoAtOnceMakeOnePack(t *testing.T) {
	cache := t.TempDir()
	var all sync.WaitGroup
	packs := make([]*Pack, 2)
	made := make([]bool, 2)
	for i := range packs {
		all.Go(func() {
			var err error
			packs[i], err = MakePack(t.Context(), testModule, cache, func(_, _ int, what string) { made[i] = made[i] || what == "copying" })
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	if packs[0].Dir != packs[1].Dir || made[0] == made[1] {
		t.Errorf("folders %s and %s, made by %v: want one folder made by one of them", packs[0].Dir, packs[1].Dir, made)
	}
	onlyPack(t, cache)
}

// A call that is killed leaves no pack, and the next one makes it.
func TestKilledHalfWay(t *testing.T) {
	cache := t.TempDir()
	cmd := exec.CommandContext(t.Context(), testLab, "pack", testModule, cache)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasSuffix(lines.Text(), "copying") {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if left, _ := filepath.Glob(filepath.Join(cache, "pack-*"+tempMark+"*")); len(left) != 1 {
		t.Fatalf("left %v, want one unfinished pack", left)
	}
	if p, err := OpenPack(cache); !errors.Is(err, ErrNoPack) {
		t.Fatalf("pack %v, error %v: want ErrNoPack", p, err)
	}
	if _, err := MakePack(t.Context(), testModule, cache, nil); err != nil {
		t.Fatal(err)
	}
	onlyPack(t, cache)
}

// onlyPack fails unless the cache holds one pack, its lock and nothing else.
func onlyPack(t *testing.T, cache string) {
	t.Helper()
	p, err := OpenPack(cache)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{p.ID(), "pack.lock"}; !slices.Equal(names, want) {
		t.Errorf("the cache holds %q, want %q", names, want)
	}
}

func TestLanguageOfToolchain(t *testing.T) {
	for said, want := range map[string][2]string{
		"go1.26":                      {"go1.26", "go1.26"},
		"go1.26.8":                    {"go1.26.8", "go1.26"},
		"go1.27rc1":                   {"go1.27rc1", "go1.27"},
		"devel go1.27-abc Mon Nov 23": {"go1.27", "go1.27"},
		"go1.26.8 X:nodwarf5":         {"go1.26.8", "go1.26"},
		"go1.26.8-fips":               {"go1.26.8", "go1.26"},
	} {
		tool := toolchain{version: goVersion.FindString(said)}
		if got := [2]string{tool.version, tool.lang()}; got != want {
			t.Errorf("%q gives %q, want %q", said, got, want)
		}
	}
}

func TestOldPacksAreRemoved(t *testing.T) {
	cache := t.TempDir()
	now := time.Now()
	for i, name := range []string{"pack-oldest", "pack-older", "pack-newest"} {
		info := filepath.Join(cache, name, "pack.json")
		if err := os.MkdirAll(filepath.Dir(info), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(info, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(info, now, now.Add(time.Duration(i-4)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	removeOld(cache, filepath.Join(cache, "pack-newest"))
	left, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{filepath.Join(cache, "pack-newest"), filepath.Join(cache, "pack-older")}; !slices.Equal(left, want) {
		t.Errorf("left %q, want %q", left, want)
	}
}

func TestPackErrorsSayWhatToDo(t *testing.T) {
	t.Run("no go command", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := MakePack(t.Context(), testModule, t.TempDir(), nil)
		wantError(t, err, "no go command on PATH", "https://go.dev/dl")
	})
	t.Run("no network", func(t *testing.T) {
		t.Setenv("GOPROXY", "off")
		t.Setenv("GOMODCACHE", t.TempDir())
		_, err := MakePack(t.Context(), testModule, t.TempDir(), nil)
		wantError(t, err, "could not be downloaded", "connect to the network")
	})
	t.Run("no module", func(t *testing.T) {
		_, err := MakePack(t.Context(), t.TempDir(), t.TempDir(), nil)
		wantError(t, err, "not the folder of a module", "go.mod")
	})
	t.Run("no room", func(t *testing.T) {
		err := roomError("/cache", fmt.Errorf("write: %w", syscall.ENOSPC))
		wantError(t, err, "no room left in /cache", "400 MiB")
	})
	t.Run("no pack", func(t *testing.T) {
		_, err := OpenPack(t.TempDir())
		if !errors.Is(err, ErrNoPack) {
			t.Errorf("error %v, want ErrNoPack", err)
		}
		wantError(t, err, "run make")
	})
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q, want it to say %q", err, part)
		}
	}
}

func TestTypeCodes(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src/internal/types/errors/code_string.go"))
	if err != nil {
		t.Skip("this toolchain has no sources")
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		var name string
		var code int64
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "_ = x[")
		line = strings.NewReplacer("]", "", "-", " ").Replace(line)
		if n, _ := fmt.Sscanf(line, "%s %d", &name, &code); !ok || n != 2 || name == "InvalidSyntaxTree" || name == "Test" {
			continue
		}
		seen++
		if typeCodes[code] != name {
			t.Errorf("code %d is %q here and %q in the toolchain", code, typeCodes[code], name)
		}
	}
	if seen < 100 {
		t.Errorf("read %d codes, want over 100", seen)
	}
}
