package rabbitmq_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"
)

var update = flag.Bool("update", false, "record the transcripts of RabbitMQ in testdata/transcripts")

// recordedFrom is the version that the transcripts are from.
const recordedFrom = "3.10."

// TestScenarios runs each scenario against the miniature. Its transcript must be
// the one that was recorded from RabbitMQ.
func TestScenarios(t *testing.T) {
	l := start(t)
	settle(t, l)
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, l.url())
			sc.run(s, sc.name)
			want, err := os.ReadFile(transcript(sc.name))
			if err != nil {
				t.Fatalf("%v; record it with -run TestRabbitMQ -update", err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), append(s.lines, "")); diff != "" {
				t.Errorf("RabbitMQ's transcript (-) and ours (+):\n%s", diff)
			}
		})
	}
}

// TestRabbitMQ runs the same scenarios against RabbitMQ itself, so that the
// recorded transcripts stay true.
func TestRabbitMQ(t *testing.T) {
	url := startRabbitMQ(t)
	conn, err := amqp.Dial(url)
	must(t, err)
	version, _ := conn.Properties["version"].(string)
	must(t, conn.Close())
	complain := (*testing.T).Errorf
	if !strings.HasPrefix(version, recordedFrom) {
		t.Logf("this is RabbitMQ %s; differences to %s are shown and are no failures", version, recordedFrom)
		complain = (*testing.T).Logf
	}
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, url)
			sc.run(s, sc.name)
			got := strings.Join(s.lines, "\n") + "\n"
			if *update {
				must(t, os.WriteFile(transcript(sc.name), []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(transcript(sc.name))
			must(t, err)
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				complain(t, "recorded (-) and now (+):\n%s", diff)
			}
		})
	}
}

func transcript(name string) string {
	return filepath.Join("testdata", "transcripts", strings.ReplaceAll(name, " ", "-")+".txt")
}
