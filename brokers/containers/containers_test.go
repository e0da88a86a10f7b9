package containers

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
	"go.uber.org/goleak"
)

// real skips a test where there is no docker daemon or no image, and says so.
func real(t *testing.T) (Image, *dockertest.Pool) {
	t.Helper()
	images, err := Configure([]string{"rabbitmq=" + TestImage})
	if err != nil {
		t.Fatal(err)
	}
	image := images["rabbitmq"]
	if err := Available(t.Context(), "rabbitmq", image); err != nil {
		t.Skipf("NOT RUN, no real broker: %v (.ci/run builds one)", err)
	}
	pool, err := connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return image, pool
}

// ours counts the containers with a session's label.
func ours(t *testing.T, pool *dockertest.Pool, session string) []docker.APIContainers {
	t.Helper()
	found, err := pool.Client.ListContainers(docker.ListContainersOptions{
		All: true, Filters: map[string][]string{"label": {labelSession + "=" + session}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestStart(t *testing.T) {
	image, pool := real(t)
	var phases []string
	c, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image, Session: t.Name()}, func(p Progress) {
		phases = append(phases, p.Phase)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", c.Took)
	if phases[0] != PhaseFind || phases[1] != PhaseCreate || phases[2] != PhaseWait || phases[len(phases)-1] != PhaseReady {
		t.Errorf("phases %q", phases)
	}
	conn, err := c.Dial(t.Context(), image.Port)
	if err != nil {
		t.Fatal(err)
	}
	if said, err := amqp(conn); err != nil || said != c.Version || !strings.HasPrefix(said, "3.10.") {
		t.Errorf("the broker says that it is version %q, and Start that it is %q; error %v", said, c.Version, err)
	}
	_ = conn.Close()
	began := time.Now()
	for _, step := range []error{
		c.MakeVHost(t.Context(), "a/b 1"), c.DropVHost(t.Context(), "a/b 1"), c.DropVHost(t.Context(), "a/b 1"),
	} {
		if step != nil {
			t.Error(step)
		}
	}
	t.Logf("a virtual host made and removed in %s", time.Since(began))
	found := ours(t, pool, t.Name())
	if len(found) != 1 {
		t.Fatalf("%d containers, want 1", len(found))
	}
	for _, p := range found[0].Ports {
		if p.PublicPort != 0 && p.IP != "127.0.0.1" {
			t.Errorf("port %d is published on %s, want loopback only", p.PrivatePort, p.IP)
		}
	}
	inside, err := pool.Client.InspectContainer(found[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if h := inside.HostConfig; h.Memory != image.Memory || h.PidsLimit != image.Pids || h.CPUQuota <= 0 {
		t.Errorf("limits: memory %d, pids %d, cpu %d", h.Memory, h.PidsLimit, h.CPUQuota)
	}
	if _, err := Reap(t.Context()); err != nil || len(ours(t, pool, t.Name())) != 1 {
		t.Errorf("reaped a container of this server, error %v", err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	if left := ours(t, pool, t.Name()); len(left) != 0 {
		t.Errorf("%d containers left", len(left))
	}
}

// TestCancel: whenever a start is given up, nothing stays.
func TestCancel(t *testing.T) {
	image, pool := real(t)
	for _, phase := range []string{PhaseFind, PhaseCreate, PhaseWait} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Start(ctx, Spec{Broker: "rabbitmq", Image: image, Session: t.Name()}, func(p Progress) {
			if p.Phase == phase {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("given up at %q: error %v, want context.Canceled", phase, err)
		}
		if left := ours(t, pool, t.Name()); len(left) != 0 {
			t.Errorf("given up at %q: %d containers left", phase, len(left))
		}
	}
}

// TestNotReady: what never speaks is given up with its last words.
func TestNotReady(t *testing.T) {
	image, pool := real(t)
	logged := false
	image.hello = func(net.Conn) (string, error) {
		for _, c := range ours(t, pool, t.Name()) {
			var said bytes.Buffer
			_ = pool.Client.Logs(docker.LogsOptions{Container: c.ID, Stdout: true, Stderr: true, OutputStream: &said, ErrorStream: &said})
			logged = logged || said.Len() > 0
		}
		return "", errors.New("not the protocol")
	}
	for image.Wait = 15 * time.Second; !logged && image.Wait < 10*time.Minute; image.Wait *= 2 { // as long as a busy machine takes to that
		notReady(t, image, pool, &logged)
	}
	if !logged {
		t.Error("the container never logged anything")
	}
}

// notReady starts what never speaks. A container that has not logged anything in its time
// proves nothing.
func notReady(t *testing.T, image Image, pool *dockertest.Pool, logged *bool) {
	t.Helper()
	_, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image, Session: t.Name()}, nil)
	var late *NotReadyError
	if !errors.As(err, &late) || *logged && len(late.Log) == 0 {
		t.Errorf("error %v, want a NotReadyError with a log", err)
	}
	if left := ours(t, pool, t.Name()); len(left) != 0 {
		t.Errorf("%d containers left", len(left))
	}
}

// TestEnds: a container that ends before it speaks is not waited for.
func TestEnds(t *testing.T) {
	image, pool := real(t)
	image.Env = append(image.Env, "RABBITMQ_NODENAME=not a name")
	image.Wait = 10 * time.Minute
	_, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image, Session: t.Name()}, nil)
	var late *NotReadyError
	if !errors.As(err, &late) || !late.Exited {
		t.Errorf("error %v, want a NotReadyError that says it ended", err)
	}
	if left := ours(t, pool, t.Name()); len(left) != 0 {
		t.Errorf("%d containers left", len(left))
	}
}

// TestReap: a container whose server was killed goes with the next start or Reap,
// and those of living servers stay.
func TestReap(t *testing.T) {
	image, pool := real(t)
	sleeper := exec.Command("sleep", "600")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sleeper.Process.Kill() }()
	pid := sleeper.Process.Pid
	began, alive := processBegan(pid)
	if !alive {
		t.Fatal("the process that stands for a server is not alive")
	}
	made, err := pool.Client.CreateContainer(docker.CreateContainerOptions{Config: &docker.Config{
		Image: image.Ref, Labels: map[string]string{
			labelOurs: "1", labelSession: t.Name(), labelServer: strings.Join([]string{machineName(), strconv.Itoa(pid), began}, " "),
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Client.RemoveContainer(docker.RemoveContainerOptions{ID: made.ID, Force: true}) }()
	if _, err := Reap(t.Context()); err != nil || len(ours(t, pool, t.Name())) != 1 {
		t.Fatalf("reaped a container of a living server, error %v", err)
	}
	_ = sleeper.Process.Kill()
	_ = sleeper.Wait()
	if _, err := Reap(t.Context()); err != nil { // another test's start may have been first
		t.Error(err)
	}
	if left := ours(t, pool, t.Name()); len(left) != 0 {
		t.Errorf("%d containers left", len(left))
	}
}

func TestServerGone(t *testing.T) {
	began, _ := processBegan(os.Getpid())
	here, _, _ := strings.Cut(machineName(), "/")
	me := strconv.Itoa(os.Getpid())
	for _, tt := range []struct {
		rule, server string
		want         bool
	}{
		{"this process lives", thisServer(), false},
		{"its number with another beginning is another process", machineName() + " " + me + " 1", true},
		{"a machine that was started anew", here + "/earlier " + me + " " + began, true},
		{"another machine's is not ours to judge", "elsewhere/boot 1 1", false},
		{"a label that cannot be read", "what", false},
		{"a process number that cannot be", machineName() + " -1 1", false},
	} {
		if got := serverGone(tt.server); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.rule, got, tt.want)
		}
	}
}

func TestNoDocker(t *testing.T) {
	socket := "unix://" + t.TempDir() + "/none.sock"
	t.Setenv("DOCKER_HOST", socket)
	_, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: defaults["rabbitmq"]}, nil)
	var none *NoDockerError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), socket) {
		t.Errorf("error %v, want a NoDockerError that names %s", err, socket)
	}
	if _, err := Reap(t.Context()); !errors.As(err, &none) {
		t.Errorf("Reap: error %v, want a NoDockerError", err)
	}
}

func TestNoImage(t *testing.T) {
	image, _ := real(t)
	image.Ref = "brokerlab/there-is-none:1"
	_, err := Start(t.Context(), Spec{Broker: "rabbitmq", Image: image}, nil)
	var none *NoImageError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), image.Ref) || !strings.Contains(err.Error(), "--image") {
		t.Errorf("error %v, want a NoImageError that names the image and the flag", err)
	}
}

func TestConfigure(t *testing.T) {
	t.Setenv("BROKERLAB_IMAGE_RABBITMQ", "mirror:5000/rabbit")
	images, err := Configure(nil)
	if err != nil || images["rabbitmq"].Ref != "mirror:5000/rabbit" {
		t.Errorf("from the environment: %q, %v", images["rabbitmq"].Ref, err)
	}
	images, err = Configure([]string{"rabbitmq=" + TestImage})
	if err != nil || images["rabbitmq"].Ref != TestImage || !images["rabbitmq"].Tested || images["rabbitmq"].Port != 5672 {
		t.Errorf("from the flag: %+v, %v", images["rabbitmq"], err)
	}
	if defaults["rabbitmq"].Tested {
		t.Error("the default image is called tested")
	}
	for _, bad := range []string{"rabbitmq", "rabbitmq=", "=x", "pigeon=x"} {
		if _, err := Configure([]string{bad}); err == nil {
			t.Errorf("%q is taken for an override", bad)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct{ ref, repository, tag string }{
		{"rabbitmq:4.3-management", "rabbitmq", "4.3-management"},
		{"rabbitmq", "rabbitmq", "latest"},
		{"mirror:5000/rabbitmq", "mirror:5000/rabbitmq", "latest"},
		{"mirror:5000/a/b:3", "mirror:5000/a/b", "3"},
	} {
		if repository, tag := split(tt.ref); repository != tt.repository || tag != tt.tag {
			t.Errorf("split(%q) = %q, %q", tt.ref, repository, tag)
		}
	}
}

// TestHello: only a broker's own answer counts.
func TestHello(t *testing.T) {
	for _, tt := range []struct {
		rule, answer string
		ok           bool
	}{
		{"connection.start", "\x01\x00\x00\x00\x00\x01\x00\x00\x0a\x00\x0a", true},
		{"another version's header", "AMQP\x00\x01\x00\x00", false},
		{"nothing", "", false},
		{"a web server", "HTTP/1.1 400 Bad Request\r\n", false},
	} {
		here, there := net.Pipe()
		go func() {
			_, _ = there.Read(make([]byte, 8))
			_, _ = there.Write([]byte(tt.answer))
			_ = there.Close()
		}()
		if _, err := amqp(here); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.rule, err)
		}
		_ = here.Close()
	}
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), // docker's client keeps its connection
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}
