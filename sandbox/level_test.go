package sandbox

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKnowsLocalhost: at level B programs read the machine's own file of host names, and
// nothing else tells them where localhost is.
func TestKnowsLocalhost(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	if knowsLocalhost(file) {
		t.Error("a file that is not there names localhost")
	}
	for text, want := range map[string]bool{
		"":                                     false,
		"127.0.0.1 localhost":                  true,
		"127.0.0.1\tlab localhost # the usual": true,
		"::1 localhost\n127.0.0.1 localhost\n": true,
		"::1 localhost\n":                      false,
		"# 127.0.0.1 localhost\n":              false,
		"127.0.0.1 localhost.example\n":        false,
		"127.0.1.1 localhost\n":                false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := knowsLocalhost(file); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
