package build

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxPack bounds what an archive may unpack to; a pack has about 380 MB.
const maxPack = 2 << 30

// archiveName is the only shape that a pack's folder has.
var archiveName = regexp.MustCompile(`^pack-go[0-9A-Za-z.]{1,32}-[0-9a-f]{12}$`)

// WriteArchive writes the pack as a tar file compressed with zstd. The first
// entry is pack.json, so that a reader knows which pack follows.
func (p *Pack) WriteArchive(w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return fmt.Errorf("write pack archive: %w", err)
	}
	t := tar.NewWriter(z)
	err = p.addFile(t, "pack.json")
	if err == nil {
		err = filepath.WalkDir(p.Dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Dir(name) == p.Dir && d.Name() == "pack.json" {
				return err
			}
			rel, err := filepath.Rel(p.Dir, name)
			if err != nil {
				return err
			}
			return p.addFile(t, filepath.ToSlash(rel))
		})
	}
	if err = errors.Join(err, t.Close(), z.Close()); err != nil {
		return fmt.Errorf("write pack archive: %w", err)
	}
	return nil
}

// addFile adds one file below the pack's own name, without times or owners, so
// that the same pack gives the same archive.
func (p *Pack) addFile(t *tar.Writer, rel string) error {
	f, err := os.Open(filepath.Join(p.Dir, filepath.FromSlash(rel)))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	head := &tar.Header{Name: path.Join(p.ID(), rel), Mode: int64(archiveMode(rel)), Size: st.Size(), Typeflag: tar.TypeReg}
	if err := t.WriteHeader(head); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// archiveMode is the mode of a file of a pack: only the tools may be executed.
func archiveMode(rel string) os.FileMode {
	if strings.HasPrefix(rel, "bin/") {
		return 0o755
	}
	return 0o644
}

// ReadArchive opens the pack in cache that an archive holds, and unpacks it
// first if it is not there; then progress, which may be nil, is told the files.
// What is not a plain file with a plain name below the pack's folder is refused.
func ReadArchive(ctx context.Context, r io.Reader, cache string, progress func(done, total int, what string)) (*Pack, error) {
	if progress == nil {
		progress = func(int, int, string) {}
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return nil, fmt.Errorf("read pack archive: %w", err)
	}
	defer z.Close()
	u := &unpacker{tar: tar.NewReader(z), cache: cache, progress: progress}
	p, err := u.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("read pack archive: %w", err)
	}
	return p, nil
}

// An unpacker reads one archive.
type unpacker struct {
	tar      *tar.Reader
	cache    string
	id       string // name of the pack's folder
	progress func(done, total int, what string)
	files    int
	bytes    int64
}

func (u *unpacker) open(ctx context.Context) (*Pack, error) {
	head, err := u.tar.Next()
	if err != nil {
		return nil, err
	}
	id, rest, _ := strings.Cut(head.Name, "/")
	if !archiveName.MatchString(id) || rest != "pack.json" {
		return nil, fmt.Errorf("it begins with %q, want the pack.json of a pack", head.Name)
	}
	u.id = id
	dir := filepath.Join(u.cache, id)
	if p, err := reopen(dir); err == nil {
		return p, nil
	}
	if err := os.MkdirAll(u.cache, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lockFile(ctx, filepath.Join(u.cache, "pack.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if p, err := reopen(dir); err == nil {
		return p, nil
	}
	removeUnfinished(u.cache)
	if err := u.unpack(ctx, head, dir); err != nil {
		return nil, roomError(u.cache, err)
	}
	removeOld(u.cache, dir)
	return openDir(dir)
}

// unpack writes every file from head on beside dir, and renames the folder when
// all are there.
func (u *unpacker) unpack(ctx context.Context, head *tar.Header, dir string) error {
	temp, err := os.MkdirTemp(u.cache, u.id+tempMark)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := u.file(head, temp); err != nil {
			return err
		}
		head, err = u.tar.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	p, err := openDir(temp)
	if err != nil {
		return err
	}
	if archives, err := p.archives(); err != nil || len(archives) != p.info.Packages {
		return fmt.Errorf("it has %d packages, want %d: %w", len(archives), p.info.Packages, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return replaceDir(temp, dir)
}

// file writes one file of the archive into a folder.
func (u *unpacker) file(head *tar.Header, into string) error {
	rel, ok := strings.CutPrefix(head.Name, u.id+"/")
	if !ok || head.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(rel)) || rel != path.Clean(rel) {
		return fmt.Errorf("entry %q of type %q, want a plain file below %s", head.Name, head.Typeflag, u.id)
	}
	u.files++
	if u.bytes += head.Size; head.Size < 0 || u.bytes > maxPack || u.files > 1<<16 {
		return fmt.Errorf("it is larger than %d bytes", int64(maxPack))
	}
	name := filepath.Join(into, filepath.FromSlash(rel))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, archiveMode(rel))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, u.tar)
	u.progress(u.files, 0, "unpacking")
	return errors.Join(err, f.Close())
}
