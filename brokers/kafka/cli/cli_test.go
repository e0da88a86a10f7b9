package cli_test

import (
	"bytes"
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
	"github.com/brokerlab/brokerlab/brokers/kafka/cli"
)

var update = flag.Bool("update", false, "write the golden files anew")

// patience is how long a test waits for what has to come.
const patience = time.Minute

// cluster runs the miniature on free ports and returns the address of its first node.
func cluster(t *testing.T) string {
	t.Helper()
	clock := brokers.RealClock()
	journal := brokers.NewJournal(100_000, brokers.Forget, clock)
	cfg := kafka.Config{Clock: clock, Journal: journal, Sequencer: brokers.NewSequencer(journal), Quota: brokers.DefaultQuota(), NoAutoCreate: true}
	var listeners []net.Listener
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		// Tools are told where every node is before the first of them is served.
		cfg.Advertised = append(cfg.Advertised, strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1))
	}
	b := kafka.New(cfg)
	served := make(chan error, len(listeners))
	for node, l := range listeners {
		go func() { served <- b.Serve(node, l) }()
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		for range b.Ports() {
			if err := <-served; err != nil {
				t.Error(err)
			}
		}
	})
	return cfg.Advertised[0]
}

// run calls a tool as a session does, and returns all that it printed, and its exit code.
func run(ctx context.Context, t *testing.T, input string, words ...string) (string, int) {
	t.Helper()
	for _, tool := range cli.Tools() {
		if tool.Name == words[0] {
			var out bytes.Buffer
			code := tool.Run(ctx, brokers.ToolIO{In: strings.NewReader(input), Out: &out, Err: &out, Settle: true}, words[1:])
			return out.String(), code
		}
	}
	t.Fatalf("there is no tool %q", words[0])
	return "", 0
}

// What differs from one run to the next.
var changing = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`TopicId: [\w-]{22}`), "TopicId: ID"},
	{regexp.MustCompile(`\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]`), "[TIME]"},
	{regexp.MustCompile(`CreateTime:\d+`), "CreateTime:TIME"},
	{regexp.MustCompile(`localhost:\d+`), "localhost:PORT"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`correlation id \d+`), "correlation id N"},
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},
}

// TestGolden runs the commands of each testdata/*.txt, one a line after "$ ", on a
// cluster of its own, and compares what they print. Lines with "< " are their input.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(ctx, t, cluster(t), string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

// replay runs the commands of a golden file and returns it with what they print now.
func replay(ctx context.Context, t *testing.T, at, golden string) string {
	var out strings.Builder
	lines := strings.Split(golden, "\n")
	for i, line := range lines {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			if strings.HasPrefix(line, "#") {
				out.WriteString(line + "\n")
			}
			continue
		}
		out.WriteString(line + "\n")
		var input strings.Builder
		for _, next := range lines[i+1:] {
			typed, ok := strings.CutPrefix(next, "< ")
			if !ok {
				break
			}
			out.WriteString(next + "\n")
			input.WriteString(typed + "\n")
		}
		words := strings.Fields(strings.ReplaceAll(command, "SERVER", at))
		printed, code := run(ctx, t, input.String(), words...)
		for _, c := range changing {
			printed = c.pattern.ReplaceAllString(printed, c.by)
		}
		out.WriteString(printed)
		if printed != "" && !strings.HasSuffix(printed, "\n") {
			out.WriteString("\n")
		}
		if code != 0 {
			out.WriteString("? " + string(rune('0'+code%10)) + "\n")
		}
	}
	return out.String()
}

// TestHelp: every tool explains itself, and says what it does not know.
func TestHelp(t *testing.T) {
	for _, tool := range cli.Tools() {
		help, flag, unknown := "--help", "--bootstrap-server", "--no-such-flag"
		if tool.Name == "kcat" {
			help, flag, unknown = "-h", "-b <brokers", "-Y"
		}
		if out, _ := run(t.Context(), t, "", tool.Name, help); !strings.Contains(out, flag) {
			t.Errorf("%s %s says %q", tool.Name, help, out)
		}
		out, code := run(t.Context(), t, "", tool.Name, unknown)
		if code != 1 || !strings.Contains(out, flag) || !strings.Contains(out, "recognized") && !strings.Contains(out, "invalid option") {
			t.Errorf("%s %s exits with %d and says %q", tool.Name, unknown, code, out)
		}
	}
}

// A said is what a tool prints while somebody listens.
type said struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// TestInterrupted: a consumer that nobody bounds goes on until it is interrupted.
func TestInterrupted(t *testing.T) {
	at := cluster(t)
	for _, words := range []string{"kafka-topics --create", "kafka-console-producer"} {
		if out, code := run(t.Context(), t, "one\n", append(strings.Fields(words), "--bootstrap-server", at, "--topic", "events")...); code != 0 {
			t.Fatal(out)
		}
	}
	for _, tool := range cli.Tools() {
		if tool.Name != "kafka-console-consumer" {
			continue
		}
		for _, more := range [][]string{nil, {"--group", "g"}} {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan int, 1)
			var out said
			go func() {
				ended <- tool.Run(ctx, brokers.ToolIO{In: strings.NewReader(""), Out: &out, Err: &out}, append([]string{"--bootstrap-server", at, "--topic", "events", "--from-beginning"}, more...))
			}()
			for began := time.Now(); !strings.HasPrefix(out.String(), "one\n"); time.Sleep(time.Millisecond) {
				if len(ended) > 0 || time.Since(began) > patience {
					t.Fatalf("it has read nothing: %q", out.String())
				}
			}
			select {
			case code := <-ended:
				t.Fatalf("ended by itself with %d: %s", code, out.String())
			case <-time.After(300 * time.Millisecond): // it may be later, too
			}
			cancel()
			select {
			case code := <-ended:
				if code != 130 || !strings.Contains(out.String(), "Processed a total of 1 messages") {
					t.Errorf("exit %d, %q", code, out.String())
				}
			case <-time.After(patience):
				t.Fatal("it does not end")
			}
		}
	}
}

// TestNobodyThere: a cluster that does not answer is said so, and soon.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	held, err := net.Dial("tcp", l.Addr().String()) // its own port is nobody else's meanwhile, and nobody listens there
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	at := held.LocalAddr().String()
	out, code := run(t.Context(), t, "", "kafka-topics", "--bootstrap-server", at, "--list")
	if code == 0 || !strings.Contains(out, "could not be established. Node may not be available") {
		t.Errorf("exit %d, %q", code, out)
	}
}
