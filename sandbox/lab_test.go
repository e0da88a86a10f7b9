package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestUnpack runs the embedded lab command's way to the cache, or finds that a
// fresh clone has none and says what to do.
func TestUnpack(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	first, err := unpack(cache)
	if errors.Is(err, ErrNoLab) {
		if _, err := New(Options{Cache: cache}); !errors.Is(err, ErrNoLab) {
			t.Errorf("New: %v, want ErrNoLab", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if again, err := unpack(cache); err != nil || again != first {
		t.Errorf("unpacked again to %q, %v; want %q", again, err, first)
	}
	if err := os.Truncate(first, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(cache); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(first); err != nil || info.Size() == 10 {
		t.Errorf("a file cut short was taken for the lab command: %v", err)
	}
}

func TestPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab")
	for _, text := range []string{"first", "second"} {
		if err := place(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != text {
			t.Errorf("read %q, %v; want %q", b, err, text)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v; want 0755 for everyone", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".brokerlab-lab-*")); len(left) > 0 {
		t.Errorf("left behind %q", left)
	}
}
