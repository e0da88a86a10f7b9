package rabbitmq_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq"
)

// left are the tests of amqp091-go that skip themselves here, and why: none of them
// could be run against a RabbitMQ that is set up like this either.
var left = map[string]string{
	"TestConnection_Close_WhenMemoryAlarmIsActive": "sets off the alarm with rabbitmqctl, which the miniature does not have; TestBlocked is about the same",
}

// TestClientSuite runs amqp091-go's own tests, those for a real node with management
// included, against the miniature. They are those of the version that go.mod names, from
// a copy of the module cache, and take some two minutes:
//
//	BROKERLAB_CLIENT_TESTS=1 go test -run ClientSuite -v ./brokers/rabbitmq
func TestClientSuite(t *testing.T) {
	if os.Getenv("BROKERLAB_CLIENT_TESTS") == "" {
		t.Skip("SKIPPED: set BROKERLAB_CLIENT_TESTS=1 to run the client's own tests, for two minutes")
	}
	management, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(rabbitmq.ManagementPort)))
	if err != nil {
		t.Skipf("SKIPPED, NOT TESTED: the client's tests know only this address of the management requests: %v", err)
	}
	l := start(t)
	served := make(chan error, 1)
	go func() { served <- l.Serve(1, management) }()
	t.Cleanup(func() {
		must(t, l.Close())
		must(t, <-served)
	})
	where, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/rabbitmq/amqp091-go").Output()
	must(t, err)
	dir := filepath.Join(t.TempDir(), "amqp091-go")
	must(t, os.CopyFS(dir, os.DirFS(strings.TrimSpace(string(where)))))
	cmd := exec.CommandContext(t.Context(), "go", "test", "-tags", "integration", "-count", "1", "-v", "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "AMQP_URL="+l.url(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, failures(out.String()))
	}
	passed, skipped := outcomes(out.String())
	t.Logf("%d tests of the client passed", passed)
	if diff := cmp.Diff(slices.Sorted(mapNames(left)), skipped); diff != "" {
		t.Errorf("tests that are left out, want (-) and got (+):\n%s", diff)
	}
	if passed < 100 {
		t.Errorf("%d tests passed, want a hundred and more: is it the right package?", passed)
	}
}

func mapNames(m map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

var outcome = regexp.MustCompile(`(?m)^--- (PASS|SKIP|FAIL): (\S+)`)

// outcomes counts the tests that passed, and names those that skipped themselves.
func outcomes(out string) (passed int, skipped []string) {
	for _, m := range outcome.FindAllStringSubmatch(out, -1) {
		switch m[1] {
		case "PASS":
			passed++
		case "SKIP":
			skipped = append(skipped, m[2])
		}
	}
	slices.Sort(skipped)
	return passed, skipped
}

// failures is the end of what was printed, where the reasons are.
func failures(out string) string {
	const most = 20_000
	return out[max(0, len(out)-most):]
}
