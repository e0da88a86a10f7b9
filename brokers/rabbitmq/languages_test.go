package rabbitmq_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPika runs a pika program against the miniature. Debian's python has pika;
// the python3 that comes first in PATH may be another one.
func TestPika(t *testing.T) {
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import pika").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: %s has no pika (apt install python3-pika): %v %s", python, err, out)
	}
	l := start(t)
	runClient(t, filepath.Join("testdata", "pika", "want.txt"), exec.Command(python, filepath.Join("testdata", "pika", "work_queue.py"), l.addr))
}

// TestAmqplib runs an amqplib program against the miniature.
func TestAmqplib(t *testing.T) {
	modules := nodeModules(t)
	l := start(t)
	cmd := exec.Command("node", filepath.Join("testdata", "node", "work_queue.js"), l.url())
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	runClient(t, filepath.Join("testdata", "node", "want.txt"), cmd)
}

// runClient compares what a program prints with a file.
func runClient(t *testing.T, file string, cmd *exec.Cmd) {
	t.Helper()
	want, err := os.ReadFile(file)
	must(t, err)
	hung := time.AfterFunc(6*patience, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	var errs bytes.Buffer // where interpreters warn of what they like
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(out), "\n")); diff != "" || err != nil {
		t.Errorf("%v: want (-) and printed (+):\n%s%s", err, diff, errs.String())
	}
}

// nodeModules finds a folder with amqplib in it, or has npm make one. It skips
// the test when neither is possible.
func nodeModules(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("SKIPPED: node is not installed: %v", err)
	}
	for _, dir := range []string{os.Getenv("BROKERLAB_NODE_MODULES"), "../../static/node_modules", "testdata/node/node_modules"} {
		if _, err := os.Stat(filepath.Join(dir, "amqplib", "package.json")); dir != "" && err == nil {
			dir, err = filepath.Abs(dir)
			must(t, err)
			return dir
		}
	}
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skipf("SKIPPED: amqplib is not there, and npm, which could install it, is not either: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = filepath.Join("testdata", "node")
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: npm install amqplib: %v\n%s", err, out)
	}
	return nodeModules(t)
}
