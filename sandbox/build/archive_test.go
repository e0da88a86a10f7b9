package build

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// smallPack is a pack in all but its contents, so that a test need not pack 400 MB.
func smallPack(t *testing.T) *Pack {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack-go1.26.8-0123456789ab")
	w := packWriter{dir: dir}
	w.write("bin/compile", bytes.Repeat([]byte("compile"), 1000))
	w.write("bin/link", []byte("link"))
	large := make([]byte, 1<<20) // does not compress away
	_, _ = rand.NewChaCha8([32]byte{}).Read(large)
	w.write("pkg/000.a", large)
	w.write("pkg/001.a", nil)
	w.write("importcfg", []byte("packagefile fmt=pkg/000.a\npackagefile os=pkg/001.a\n"))
	w.writeJSON("allow.json", []Package{{"fmt", "fmt"}, {"os", "os"}})
	w.writeJSON("pack.json", packInfo{Layout: packLayout, GoVersion: "go1.26.8", Platform: platform(), Lang: "go1.26", Packages: 2, Bytes: w.bytes})
	p, err := openDir(dir)
	if err = errors.Join(w.err, err); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestArchiveBringsThePackBack(t *testing.T) {
	pack := smallPack(t)
	var archive bytes.Buffer
	if err := pack.WriteArchive(&archive); err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	p, err := ReadArchive(t.Context(), bytes.NewReader(archive.Bytes()), cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID() != pack.ID() || p.Size() != pack.Size() || len(p.Allow) != len(pack.Allow) {
		t.Errorf("pack %s of %d bytes, want %s of %d", p.ID(), p.Size(), pack.ID(), pack.Size())
	}
	onlyPack(t, cache)
	for name, mode := range map[string]os.FileMode{"bin/compile": 0o755, "bin/link": 0o755, "importcfg": 0o644, "pkg/000.a": 0o644, "pkg/001.a": 0o644} {
		got, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(pack.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s came back changed", name)
		}
		if st, err := os.Stat(filepath.Join(p.Dir, name)); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, want %v: %v", name, st.Mode(), mode, err)
		}
	}
}

// A pack that is there is opened after the first entry of its archive.
func TestUnpackedArchiveIsNotReadAgain(t *testing.T) {
	pack := smallPack(t)
	var archive bytes.Buffer
	if err := pack.WriteArchive(&archive); err != nil {
		t.Fatal(err)
	}
	cut := archive.Bytes()[:archive.Len()/2]
	if _, err := ReadArchive(t.Context(), bytes.NewReader(cut), t.TempDir(), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half an archive: error %v, want io.ErrUnexpectedEOF", err)
	}
	if _, err := ReadArchive(t.Context(), bytes.NewReader(cut), filepath.Dir(pack.Dir), nil); err != nil {
		t.Errorf("half an archive of a pack that is there: %v", err)
	}
}

func TestHostileArchiveIsRefused(t *testing.T) {
	const id = "pack-go1.26.8-0123456789ab"
	first := tar.Header{Name: id + "/pack.json", Typeflag: tar.TypeReg, Mode: 0o644}
	tests := []struct {
		name    string
		entries []tar.Header
	}{
		{"no pack.json first", []tar.Header{{Name: id + "/importcfg", Typeflag: tar.TypeReg}}},
		{"a folder of another kind", []tar.Header{{Name: "bin/pack.json", Typeflag: tar.TypeReg}}},
		{"a folder that goes up", []tar.Header{{Name: "../pack.json", Typeflag: tar.TypeReg}}},
		{"a file that goes up", []tar.Header{first, {Name: id + "/../../evil", Typeflag: tar.TypeReg}}},
		{"a file that goes up and back", []tar.Header{first, {Name: id + "/bin/../../" + id + "/evil", Typeflag: tar.TypeReg}}},
		{"a file elsewhere", []tar.Header{first, {Name: "/tmp/evil", Typeflag: tar.TypeReg}}},
		{"a file in another pack", []tar.Header{first, {Name: "pack-go1.26.8-ba9876543210/evil", Typeflag: tar.TypeReg}}},
		{"a symbolic link", []tar.Header{first, {Name: id + "/bin", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}}},
		{"a hard link", []tar.Header{first, {Name: id + "/x", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}}},
		{"a device", []tar.Header{first, {Name: id + "/x", Typeflag: tar.TypeChar}}},
		{"the same file twice", []tar.Header{first, {Name: id + "/x", Typeflag: tar.TypeReg}, {Name: id + "/x", Typeflag: tar.TypeReg}}},
		{"nothing but a name", []tar.Header{first}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			outside := t.TempDir()
			cache := filepath.Join(outside, "cache")
			if p, err := ReadArchive(t.Context(), tarOf(t, tt.entries), cache, nil); err == nil {
				t.Errorf("it was unpacked to %s", p.Dir)
			}
			err := filepath.WalkDir(outside, func(name string, _ os.DirEntry, err error) error {
				if strings.Contains(filepath.Base(name), "evil") || strings.HasPrefix(filepath.Base(name), "pack-") {
					t.Errorf("it left %s", name)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// tarOf is an archive of empty files.
func tarOf(t *testing.T, entries []tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return &b
}
