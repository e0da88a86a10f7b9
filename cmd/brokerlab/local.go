package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/brokerlab/brokerlab/course"
	"github.com/brokerlab/brokerlab/grader"
	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/server"
	"github.com/brokerlab/brokerlab/server/store"
)

type localCmd struct {
	Addr    string `help:"Address to serve on." default:"127.0.0.1:7070" placeholder:"HOST:PORT"`
	Data    string `help:"Folder for your work (default: the user's data folder)." type:"path" placeholder:"DIR"`
	NoOpen  bool   `help:"Do not open the browser."`
	Expose  bool   `help:"Allow an --addr beyond this machine. Whoever reaches it can read your work and run programs here: there is no login."`
	NoReal  bool   `name:"no-containers" help:"Do not offer real brokers in containers in the page of a lab."`
	Content string `help:"Folder with lessons and labs of your own, laid over the course; pages reload when you save." type:"path" placeholder:"DIR"`
	backend
}

// Help is shown by brokerlab local --help.
func (localCmd) Help() string {
	return `Everything you write is kept in the data folder, as you write it. Stop with Ctrl+C.`
}

// Run serves the course until it is interrupted.
func (l *localCmd) Run(ctx context.Context, c *console) error {
	cache, err := cacheDir(c.root.Cache)
	if err != nil {
		return err
	}
	from := content{l.Content}
	lessons, set, err := from.load()
	if err != nil {
		return err
	}
	from.lint(c.err, set)
	listener, err := listen(l.Addr)
	if err != nil {
		return err
	}
	if !loopback(listener) && !l.Expose {
		_ = listener.Close()
		return usage("%s can be reached from other machines, and there is no login: whoever reaches it can read your work and run programs here. Listen on 127.0.0.1, or add --expose if you mean it", l.Addr)
	}
	kept, release, err := l.openStore(ctx)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer release()
	_, packErr := openPack(ctx, c, cache)
	if packErr != nil {
		fmt.Fprintf(c.err, "Programs cannot be built: %v\nThe course can be read, and Run interprets programs. Submit will say why it cannot work.\n", packErr)
	}
	log := newLog(c.err)
	options, err := l.options(c, grader.Options{Labs: set, Log: log})
	if err != nil {
		return err
	}
	sb, err := sandbox.New(sandbox.Options{Cache: cache, Warm: 2, Log: log})
	if err != nil {
		return fault(err)
	}
	defer sb.Close()
	options.Sandbox = sb
	grading := grader.New(options)
	defer grading.Close()
	web, err := server.New(server.Options{
		Store: kept, Course: lessons, Labs: set, Grader: server.Grading(grading),
		Addr: listener.Addr().String(), Lang: c.root.Lang, Version: version, Live: l.Content != "", Log: log,
		Backend: l.Backend, OnlyMiniatures: l.NoReal,
		Checks: []server.Check{
			{Name: "pack", Run: func(context.Context) (string, error) { return "", packErr }},
			{Name: "sandbox", Run: func(context.Context) (string, error) { return "level " + sb.Level().String(), nil }},
		},
	})
	if err != nil {
		return fault(err)
	}
	if l.Content != "" {
		go l.watch(ctx, c, from, web, grading)
	}
	url := address(listener)
	if l.Expose && !loopback(listener) {
		fmt.Fprintln(c.err, "WARNING: other machines can reach this. There is no login: whoever does can read your work and run programs here.")
	}
	fmt.Fprintf(c.err, "brokerlab serves %s (isolation level %s). Ctrl+C stops it.\n", url, sb.Level())
	if !l.NoOpen {
		openBrowser(url)
	}
	return fault(web.Serve(ctx, listener))
}

// listen listens, and says what to do when the address is taken.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	var at *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usage("%s is in use: is brokerlab running already? Choose another address with --addr", addr)
	case errors.As(err, &at):
		return nil, usage("listen on %s: %w", addr, at.Err)
	case err != nil:
		return nil, usage("listen on %s: %w", addr, err)
	}
	return listener, nil
}

// loopback reports whether only this machine can reach a listener.
func loopback(l net.Listener) bool {
	addr, ok := l.Addr().(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

// address is where a browser on this machine finds a listener.
func address(l net.Listener) string {
	if addr, ok := l.Addr().(*net.TCPAddr); ok && addr.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d/", addr.Port)
	}
	return "http://" + l.Addr().String() + "/"
}

// openStore opens the store in the data folder, which is this process's alone until
// release.
func (l *localCmd) openStore(ctx context.Context) (kept *store.Store, release func(), err error) {
	dir, err := dataDir(l.Data)
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, usage("keep work in %s: %w", dir, err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, nil, err
	}
	kept, err = store.Open(ctx, filepath.Join(dir, "brokerlab.db"))
	switch {
	case errors.Is(err, fs.ErrPermission):
		err = usage("keep work in %s: %w", dir, err)
	case err != nil:
		err = fault(err)
	}
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return kept, func() { _ = kept.Close(); unlock() }, nil
}

// watch reloads lessons and labs when their author saves, and says what is wrong
// with them.
func (l *localCmd) watch(ctx context.Context, c *console, from content, web *server.Server, g *grader.Grader) {
	tell := func(lessons *course.Course) {
		found, err := from.lintGo(ctx, g, lessons, c.err)
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(c.err, "NOT CHECKED: the Go of lessons: %v\n", err)
		}
		for _, f := range found {
			fmt.Fprintln(c.err, strings.TrimPrefix(f, "course/"))
		}
	}
	go func() {
		if lessons, _, err := from.load(); err == nil {
			tell(lessons)
		}
	}()
	err := course.Watch(ctx, l.Content, func([]string) {
		lessons, set, err := from.load()
		if err != nil {
			fmt.Fprintln(c.err, err)
			return
		}
		from.lint(c.err, set)
		web.Reload(lessons, set)
		go tell(lessons)
	})
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(c.err, "Saving will not reload pages: %v\n", err)
	}
}

// openBrowser opens url where there is a browser to open it in. That there is
// none is no error: the address has been printed.
func openBrowser(url string) {
	var cmd *exec.Cmd
	switch {
	case runtime.GOOS == "darwin":
		cmd = exec.Command("open", url)
	case runtime.GOOS == "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", url)
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		cmd = exec.Command("xdg-open", url)
	default:
		return
	}
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
