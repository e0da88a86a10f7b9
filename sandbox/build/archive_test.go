package build

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestArchiveBringsThePackBack(t *testing.T) {
	var archive bytes.Buffer
	if err := testPack.WriteArchive(&archive); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d MiB, packed %d MiB", testPack.Size()>>20, archive.Len()>>20)
	cache := t.TempDir()
	p, err := ReadArchive(t.Context(), bytes.NewReader(archive.Bytes()), cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID() != testPack.ID() || p.Size() != testPack.Size() || len(p.Allow) != len(testPack.Allow) {
		t.Errorf("pack %s of %d bytes, want %s of %d", p.ID(), p.Size(), testPack.ID(), testPack.Size())
	}
	onlyPack(t, cache)
	for _, name := range []string{"bin/link", "importcfg", "pkg/000.a"} {
		got, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(testPack.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s came back changed", name)
		}
	}
	// A pack that is there is opened after the first entry.
	again := &countingReader{r: bytes.NewReader(archive.Bytes())}
	if _, err := ReadArchive(t.Context(), again, cache, nil); err != nil {
		t.Fatal(err)
	}
	if again.n > int64(archive.Len())/2 {
		t.Errorf("read %d of %d bytes of an archive whose pack is there", again.n, archive.Len())
	}
	c := NewCompiler(Options{Pack: p, Cache: cache, Lab: testLab, Level: testLevel(t)}, NewChecker(Options{Pack: p, Cache: cache, Lab: testLab}))
	t.Cleanup(c.checker.Close)
	built(t, c, mainFile(clients["fmt"]))
	half := bytes.NewReader(archive.Bytes()[:archive.Len()/2])
	if _, err := ReadArchive(t.Context(), half, t.TempDir(), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half an archive: error %v, want io.ErrUnexpectedEOF", err)
	}
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
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
