//go:build unix

package rabbitmq_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// rabbitScripts are where Debian and the generic package keep the start script.
// The one in PATH insists on a user of its own.
var rabbitScripts = []string{
	"/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
	"/opt/rabbitmq/sbin/rabbitmq-server",
	"/usr/local/sbin/rabbitmq-server",
}

// startRabbitMQ runs a RabbitMQ for the length of one test: on ports, in folders,
// and with a port mapper of its own, so that it meets no other. It skips the test
// where there is none.
func startRabbitMQ(t testing.TB) (url string) {
	t.Helper()
	url, _ = startManaged(t, "[].")
	return url
}

// startManaged is startRabbitMQ with plugins, and tells where the management plugin
// answers, if it is one of them.
func startManaged(t testing.TB, plugins string) (url, management string) {
	t.Helper()
	node := startNode(t, plugins)
	return node.url, node.management
}

// A realNode is a RabbitMQ that runs.
type realNode struct {
	url, management string
	script          string   // that it was started with; the other tools lie beside it
	env             []string // that its tools need, too
}

// startNode is startManaged for whoever wants to run the tools of the node.
func startNode(t testing.TB, plugins string) realNode {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: RabbitMQ itself takes too long to start for -short")
	}
	server, err := findRabbitMQ()
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	dir, err := os.MkdirTemp("", "rabbitmq") // not t.TempDir: Erlang may write while it dies
	must(t, err)
	port, distribution, mapper, http := freePort(t), freePort(t), freePort(t), freePort(t)
	must(t, os.WriteFile(filepath.Join(dir, "rabbit.conf"), fmt.Appendf(nil, "listeners.tcp.1 = 127.0.0.1:%d\nload_definitions = %s\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %d\n",
		port, filepath.Join(dir, "definitions.json"), http), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "definitions.json"), definitions(t), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "plugins"), []byte(plugins), 0o600))
	cmd := exec.Command(server)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"},
		"HOME="+dir,
		"RABBITMQ_NODENAME=lab"+strconv.Itoa(port)+"@localhost",
		"RABBITMQ_DIST_PORT="+strconv.Itoa(distribution),
		"ERL_EPMD_PORT="+strconv.Itoa(mapper), "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_MNESIA_BASE="+filepath.Join(dir, "mnesia"),
		"RABBITMQ_LOG_BASE="+filepath.Join(dir, "log"),
		"RABBITMQ_CONFIG_FILE="+filepath.Join(dir, "rabbit"),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+filepath.Join(dir, "plugins"),
		"RABBITMQ_CONF_ENV_FILE="+filepath.Join(dir, "none"),
	)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the script starts others
	cmd.WaitDelay = time.Second                           // the port mapper keeps the output open
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
		stopPortMapper(t, mapper)
		_ = os.RemoveAll(dir)
	})
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(3 * patience); ; time.Sleep(200 * time.Millisecond) {
		if nc, err := net.Dial("tcp", address); err == nil {
			_ = nc.Close()
			return realNode{"amqp://guest:guest@" + address + "/", "http://127.0.0.1:" + strconv.Itoa(http), server, cmd.Env}
		}
		if time.Now().After(deadline) {
			t.Fatalf("RabbitMQ did not come up: %s", output.String())
		}
	}
}

// findRabbitMQ returns the start script.
func findRabbitMQ() (string, error) {
	for _, pattern := range rabbitScripts {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("no rabbitmq-server in %v; install it (apt install rabbitmq-server) to compare with the real one", rabbitScripts)
}

// stopPortMapper ends the epmd that RabbitMQ has started on our port: nobody else
// knows that one. Its protocol: length 1, then 'k'.
func stopPortMapper(t testing.TB, port int) {
	t.Helper()
	nc, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return // it has gone already
	}
	defer func() { _ = nc.Close() }()
	for range 50 { // it refuses as long as the node is registered
		if _, err = nc.Write([]byte{0, 1, 'k'}); err != nil {
			return
		}
		answer := make([]byte, 2)
		_ = nc.SetReadDeadline(time.Now().Add(time.Second))
		if _, err = nc.Read(answer); err == nil && string(answer) == "OK" {
			return
		}
		_ = nc.Close()
		time.Sleep(100 * time.Millisecond)
		if nc, err = net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err != nil {
			return
		}
	}
	t.Errorf("epmd on port %d did not stop", port)
}

// nextPort is the next to try: each process of a test begins elsewhere.
var nextPort = 10_000 + os.Getpid()*16%22_000

// freePort finds a port that nobody uses, below those that the kernel gives away: before
// RabbitMQ has taken it, in seconds, a listener of some other test might have been given it.
func freePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := nextPort
		nextPort = max((nextPort+1)%32_000, 10_000)
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			must(t, l.Close())
			return port
		}
	}
	t.Fatal("no free port among a thousand")
	return 0
}
