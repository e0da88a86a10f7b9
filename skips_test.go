package brokerlab

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// announced says of each test file that may skip how a reader of make check learns of it:
// by these words of the target missing, or not at all, for the reason behind "–".
var announced = map[string]string{
	"brokers/containers/containers_test.go":            "labs on real brokers in containers",
	"brokers/kafka/connect/connect_test.go":            "– what a fuzzer makes up is no request",
	"brokers/kafka/languages_test.go":                  "Kafka clients of Python; kcat against; kafkajs against",
	"brokers/rabbitmq/cli/cli_test.go":                 "– what a fuzzer makes up names another host",
	"brokers/rabbitmq/cli_test.go":                     "transcripts of rabbitmqctl; BROKERLAB_CLIENT_TESTS",
	"brokers/rabbitmq/clientsuite_test.go":             "amqp091-go's own tests; BROKERLAB_CLIENT_TESTS",
	"brokers/rabbitmq/languages_test.go":               "pika against; amqplib against",
	"brokers/rabbitmq/management_differential_test.go": "RabbitMQ's own rabbitmqadmin",
	"brokers/rabbitmq/real_other_test.go":              "– Unix is where all of this runs",
	"brokers/rabbitmq/real_unix_test.go":               "the miniature beside a real RabbitMQ",
	"brokers/rabbitmq/tap/bench_test.go":               "– a benchmark",
	"brokers/rabbitmq/tap/tap_test.go":                 "labs on real brokers in containers",
	"cmd/brokerlab/browser_test.go":                    "everything in a browser",
	"cmd/brokerlab/real_test.go":                       "labs on real brokers in containers",
	"cmd/brokerlab/replay_test.go":                     "– check installs the page's packages first",
	"cmd/brokerlab/student_test.go":                    "– pictures of pages are no test; make screenshots takes them",
	"cmd/brokerlab/view_test.go":                       "the page's states beside the models'",
	"grader/backend_test.go":                           "labs on real brokers in containers",
	"grader/fault_test.go":                             "– with -short only",
	"grader/quiz_test.go":                              "– what is drawn at random is no quiz",
	"sandbox/build/hostile_test.go":                    "the compiler's children from outside",
	"sandbox/build/pack_test.go":                       "the codes of the type checker",
	"sandbox/build/trace_test.go":                      "BROKERLAB_GO_TESTS",
	"sandbox/death_test.go":                            "the sandbox under root",
	"sandbox/group_test.go":                            "the limits of cgroups",
	"sandbox/interp/engine_test.go":                    "– a benchmark",
	"sandbox/interp/generate_test.go":                  "– with -short only",
	"sandbox/interp/programs_test.go":                  "– writes what is expected, with -regenerate only",
	"server/recording_test.go":                         "– check builds the page first",
	"server/store/store_test.go":                       "– the child of another test",
	"static/static_test.go":                            "– check builds the page first",
}

// TestSkipsAreAnnounced: go test without -v is silent on what it skips, so make check says
// it. A file with a skip that nobody announces does not pass.
func TestSkipsAreAnnounced(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, missing, _ := strings.Cut(string(makefile), "\nmissing:\n")
	missing, _, _ = strings.Cut(missing, "\n\n")
	skips := regexp.MustCompile(`\b[tbf]\.(Skip|Skipf|SkipNow)\(`)
	var seen []string
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go") || path == "skips_test.go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && skips.Match(text) {
			seen = append(seen, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range seen {
		said, ok := announced[path]
		if !ok {
			t.Errorf("%s skips, and nobody says so: announce it in the target missing of the Makefile, and here", path)
		}
		for words := range strings.SplitSeq(said, "; ") {
			if !strings.HasPrefix(said, "–") && !strings.Contains(missing, words) {
				t.Errorf("%s: make missing does not say %q", path, words)
			}
		}
	}
	for path := range announced {
		if !slices.Contains(seen, path) {
			t.Errorf("%s skips nothing any more", path)
		}
	}
}
