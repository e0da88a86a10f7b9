package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Root describes the file system of a jail: a read-only tmpfs that holds
// /etc/hosts, /dev/null, an empty /etc/resolv.conf, and what is bound into it.
type Root struct {
	Binds   []Bind
	TmpSize int64 // bytes of a writable tmpfs at /tmp; 0 for none
	Exec    bool  // whether files in Binds may be executed
	Proc    bool  // mount /proc of this pid namespace, or show the parent's where that is refused
}

// A Bind shows one file or folder of the parent inside the jail, read-only.
type Bind struct{ Source, Target string }

const hosts = "127.0.0.1 localhost\n"

// stage is the folder over which the new root is put together: /tmp, or in a root
// that holds little but this program any other, since its sources are open before it is
// hidden. Only /proc has to be seen, for it leads to them.
func stage() (string, error) {
	if info, err := os.Stat("/tmp"); err == nil && info.IsDir() {
		return "/tmp", nil
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "proc" {
			return "/" + e.Name(), nil
		}
	}
	return "", errors.New("the root has no folder over which another could be mounted; make /tmp")
}

// EnterRoot moves this process to a new root and detaches the old one. It needs
// a mount namespace of its own (Attr at level A), and power over it.
func EnterRoot(r Root) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// Sources are opened first: the new root may hide them.
	sources := make([]*os.File, len(r.Binds))
	for i, b := range r.Binds {
		f, err := os.OpenFile(b.Source, unix.O_PATH, 0)
		if err != nil {
			return fmt.Errorf("bind: %w", err)
		}
		defer f.Close() //nolint:errcheck // an O_PATH descriptor has nothing to lose
		sources[i] = f
	}
	null, err := os.OpenFile(os.DevNull, unix.O_PATH, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // without one it is an empty file
		return err
	}
	defer null.Close() //nolint:errcheck // as above; nil does no harm
	if err := layRoot(r); err != nil {
		return err
	}
	if null != nil {
		if err := bind(null, "dev/null", false, false); err != nil {
			return err
		}
	}
	for i, b := range r.Binds {
		if err := bind(sources[i], b.Target[1:], true, r.Exec); err != nil {
			return err
		}
	}
	if r.Proc {
		if err := mountProc(); err != nil {
			return err
		}
	}
	return pivot()
}

// mountProc mounts a new /proc, or binds the old one: containers cover parts of
// theirs, and then the kernel allows no new one.
func mountProc() error {
	if err := os.Mkdir("proc", 0o555); err != nil {
		return err
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("proc", "proc", "proc", flags, ""); err == nil {
		return nil
	}
	if err := unix.Mount("/proc", "proc", "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind /proc: %w", err)
	}
	return nil
}

// OwnProc reports whether /proc shows the pid namespace of this process. Only
// then can it write the user map of a child that it starts.
func OwnProc() bool {
	self, err := os.Readlink("/proc/self")
	return err == nil && self == fmt.Sprint(os.Getpid())
}

// layRoot mounts the new root at its stage, goes there and makes its files.
func layRoot(r Root) error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	stage, err := stage()
	if err != nil {
		return fmt.Errorf("mount the new root: %w", err)
	}
	if err := unix.Mount("tmpfs", stage, "tmpfs", flags, "size=1m,nr_inodes=64,mode=755"); err != nil {
		return fmt.Errorf("mount the new root: %w", err)
	}
	if err := os.Chdir(stage); err != nil {
		return err
	}
	for _, dir := range []string{"etc", "dev", "tmp"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{"etc/hosts": hosts, "etc/resolv.conf": "", "dev/null": ""} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if r.TmpSize == 0 {
		return nil
	}
	size := fmt.Sprintf("size=%d,nr_inodes=4096,mode=700", r.TmpSize)
	if err := unix.Mount("tmpfs", "tmp", "tmpfs", flags, size); err != nil {
		return fmt.Errorf("mount /tmp: %w", err)
	}
	return nil
}

// bind shows source at target, which is relative to the new root.
func bind(source *os.File, target string, readOnly, exec bool) error {
	from := fmt.Sprintf("/proc/self/fd/%d", source.Fd())
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("bind %q: %w", source.Name(), err)
	}
	if err := mountPoint(target, info.IsDir()); err != nil {
		return fmt.Errorf("bind %q: %w", source.Name(), err)
	}
	if err := unix.Mount(from, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %q at /%s: %w", source.Name(), target, err)
	}
	if !readOnly {
		return nil
	}
	// Flags that a mount had outside are locked in a user namespace: they have to be named again.
	var st unix.Statfs_t
	if err := unix.Statfs(target, &st); err != nil {
		return fmt.Errorf("bind %q: %w", source.Name(), err)
	}
	const kept = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME
	flags := uintptr(st.Flags)&kept | unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV
	if !exec {
		flags |= unix.MS_NOEXEC
	}
	if err := unix.Mount("", target, "", flags, ""); err != nil {
		return fmt.Errorf("make /%s read-only: %w", target, err)
	}
	return nil
}

// mountPoint makes the file or folder that a bind lands on.
func mountPoint(target string, dir bool) error {
	if dir {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// pivot makes the current folder the root, and the root read-only.
func pivot() error {
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("detach the old root: %w", err)
	}
	const flags = unix.MS_REMOUNT | unix.MS_BIND | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", "/", "", flags, ""); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return os.Chdir("/")
}

// Loopback brings up lo in the network namespace of this process.
func Loopback() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	defer unix.Close(s) //nolint:errcheck // only used for one ioctl
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	return nil
}
