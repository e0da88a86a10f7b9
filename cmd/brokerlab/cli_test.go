package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/brokerlab/brokerlab/labs"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// command runs brokerlab and returns what it said.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestUsage(t *testing.T) {
	empty := t.TempDir()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"help names the commands", []string{"--help"}, exitPass, "verify"},
		{"help of a command", []string{"grade", "--help"}, exitPass, "1 when it does not"},
		{"help as a word", []string{"help", "grade"}, exitPass, "1 when it does not"},
		{"version", []string{"version"}, exitPass, "brokerlab dev"},
		{"version as a flag", []string{"--version"}, exitPass, "brokerlab dev"},
		{"unknown command", []string{"frobnicate"}, exitUsage, "frobnicate"},
		{"unknown flag", []string{"version", "--nonsense"}, exitUsage, "nonsense"},
		{"unknown broker", []string{"broker", "carrier-pigeon"}, exitUsage, `no miniature called "carrier-pigeon", want kafka or rabbitmq`},
		{"four nodes", []string{"broker", "kafka", "--nodes", "4"}, exitUsage, "--nodes 4, want 1 to 3"},
		{"no nodes", []string{"broker", "kafka", "--nodes", "0"}, exitUsage, "--nodes 0, want 1 to 3"},
		{"nodes of one broker", []string{"broker", "rabbitmq", "--nodes", "3"}, exitUsage, "--nodes is for kafka"},
		{"a user without a password", []string{"broker", "kafka", "--user", "ann"}, exitUsage, `--user "ann", want NAME:PASSWORD`},
		{"a user twice", []string{"broker", "kafka", "--user", "ann:a,b", "--user", "ann:c"}, exitUsage, "--user ann is given twice"},
		{"management of kafka", []string{"broker", "kafka", "--management", "127.0.0.1:0"}, exitUsage, "--management is for rabbitmq"},
		{"unknown language", []string{"--lang", "fr", "version"}, exitUsage, "lang"},
		{"address in use or wrong", []string{"broker", "rabbitmq", "--addr", "127.0.0.1:notaport"}, exitUsage, "notaport"},
		{"beyond this machine only if meant", []string{"--addr", "0.0.0.0:0", "--no-open", "--data", empty}, exitUsage, "add --expose if you mean it"},
		{"a program that is not there", []string{"grade", "rabbitmq/work-queue", "nothing.go"}, exitUsage, "nothing.go"},
		{"a folder without programs", []string{"grade", "rabbitmq/work-queue", empty}, exitUsage, "want main.go, session.txt for a lab at a terminal"},
		{"a session without commands", []string{"run", "kafka/first-topic", "../../labs/content/kafka/first-topic/starter"}, exitUsage, "there are no commands in session.txt"},
		{"content that is not there", []string{"lab", "list", "--content", "/nowhere/at/all"}, exitUsage, "is not a folder"},
		{"lab list", []string{"lab", "list"}, exitPass, "rabbitmq/work-queue"},
		{"lab list in Russian", []string{"lab", "list", "--lang", "ru"}, exitPass, "Очередь задач"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := command(t, tt.args...)
			if code != tt.code || !strings.Contains(out+errs, tt.says) {
				t.Errorf("brokerlab %s exits with %d and says\n%s%s\nwant %d and %q", strings.Join(tt.args, " "), code, out, errs, tt.code, tt.says)
			}
		})
	}
}

func TestDataFolderIsOneServersAlone(t *testing.T) {
	dir := t.TempDir()
	release, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	code, _, errs := command(t, "--addr", "127.0.0.1:0", "--no-open", "--data", dir)
	if code != exitUsage || !strings.Contains(errs, "another brokerlab works in "+dir) {
		t.Errorf("a second server exits with %d and says %q", code, errs)
	}
	release()
	if release, err = lockFolder(dir); err != nil {
		t.Errorf("the folder is still locked: %v", err)
	} else {
		release()
	}
}

func TestReadOnlyFilesAreTold(t *testing.T) {
	set, err := labs.Load(labs.Content)
	if err != nil {
		t.Fatal(err)
	}
	lab, _ := set.Lab("rabbitmq/work-queue")
	var errs bytes.Buffer
	sayReadOnly(&console{err: &errs, root: &commands{}}, lab, []labs.File{{Name: "main.go", Text: "package main"}, {Name: "ledger.go", Text: "package other"}})
	if got := errs.String(); !strings.HasPrefix(got, "ledger.go is read-only") || strings.Count(got, "\n") != 1 {
		t.Errorf("said %q", got)
	}
}

func TestLintNamesFileAndLine(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "course/en/02-rabbitmq/90-bad.md"), "---\nid: rabbitmq/bad\ntitle: Bad\nminuets: 3\n---\n\nText\n")
	code, out, errs := command(t, "lint", dir)
	if code != exitFail || !strings.Contains(out, "90-bad.md:4") || !strings.Contains(out, "minuets") {
		t.Errorf("lint exits with %d and says\n%s%s\nwant %d, the file, line 4 and the field", code, out, errs, exitFail)
	}
}

func TestLintOfTheCourseItself(t *testing.T) {
	if code, out, errs := command(t, "lint", t.TempDir()); code != exitPass {
		t.Errorf("lint of what is embedded exits with %d:\n%s%s", code, out, errs)
	}
}

// TestRunAndGrade runs programs of the lab as a user of the command line does.
func TestRunAndGrade(t *testing.T) {
	needBuilt(t)
	const lab, folder = "rabbitmq/work-queue", "../../labs/content/rabbitmq/work-queue/"
	if code, out, errs := command(t, "grade", lab, folder+"solution"); code != exitPass {
		t.Errorf("the solution exits with %d:\n%s%s", code, out, errs)
	}
	ackFirst := filepath.Join(t.TempDir(), "main.go")
	write(t, ackFirst, source(t, "wrong/ack-first"))
	code, out, errs := command(t, "grade", lab, ackFirst, "--json")
	if code != exitFail {
		t.Errorf("ack-first exits with %d:\n%s%s", code, out, errs)
	}
	var answer struct {
		Verdict struct{ Status, Sentence string }
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.Verdict.Status != "failed" || answer.Verdict.Sentence != "Order 1 was lost" {
		t.Errorf("--json says %+v, %v", answer, err)
	}
	code, out, _ = command(t, "run", lab, folder+"solution", "--journal")
	if code != exitPass || !strings.Contains(out, `"kind":"delivered"`) {
		t.Errorf("run exits with %d:\n%s", code, out)
	}
	broken := filepath.Join(t.TempDir(), "main.go")
	write(t, broken, "package main\n\nfunc main() { undefined() }\n")
	code, _, errs = command(t, "run", lab, broken)
	if code != exitFail || !strings.Contains(errs, "main.go:3:15") {
		t.Errorf("a program that does not compile exits with %d and says %q, want %d and main.go:3:15", code, errs, exitFail)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBrokerSaysWhereItIs: one line names the broker's address and the management's,
// and both answer there.
func TestBrokerSaysWhereItIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := &lines{}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"broker", "rabbitmq", "--addr", "127.0.0.1:0", "--management", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, said)
	}()
	found := said.await(t, `listens on (\S+), its management requests at (http://\S+)\. `)
	conn, err := amqp.Dial("amqp://guest:guest@" + found[1] + "/")
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, found[2]+"/api/connections", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("guest", "guest")
	req.Close = true
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := io.ReadAll(answer.Body)
	if _ = answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(listed), "guest") {
		t.Errorf("connections: %d %s, error %v", answer.StatusCode, listed, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	cancel()
	if code := <-done; code != exitPass {
		t.Errorf("exit %d: %s", code, said)
	}
}

// behind is a terminal that is somebody else's at first.
type behind struct {
	r     io.Reader
	asked bool
}

func (b *behind) Read(p []byte) (int, error) {
	if !b.asked {
		b.asked = true
		return 0, syscall.EIO
	}
	return b.r.Read(p)
}

// TestClusterTakesOrders: nodes go down and up as is typed, and who is not among the
// users does not get in.
func TestClusterTakesOrders(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	typed, typing := io.Pipe()
	said := &lines{}
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"broker", "kafka", "--nodes", "2", "--addr", "127.0.0.1:0", "--user", "ann:se:cret"}, &behind{r: typed}, io.Discard, said)
	}()
	where := said.await(t, `listens on (\S+), (\S+)\. `)
	connect := func(password string) *kadm.Client {
		client, err := kgo.NewClient(kgo.SeedBrokers(where[1]), kgo.SASL(plain.Auth{User: "ann", Pass: password}.AsMechanism()))
		if err != nil {
			t.Fatal(err)
		}
		return kadm.NewClient(client)
	}
	stranger := connect("secret")
	defer stranger.Close()
	if _, err := stranger.ListBrokers(t.Context()); !errors.Is(err, kerr.SaslAuthenticationFailed) {
		t.Errorf("a wrong password: error %v, want %v", err, kerr.SaslAuthenticationFailed)
	}
	for _, tt := range []struct {
		order, says string
		nodes       int
	}{
		{"down 2", "down 2: done", 1},
		{"down  2", "down 2: nothing has changed", 1},
		{"up 2", "up 2: done", 2},
		{"down 3", "down 3: kafka: there is no node 3, want 1 to 2", 2},
		{"down two", `down two: node "two", want its number, from 1`, 2},
		{"move nowhere", "move nowhere: kafka: place", 2},
		{"rebalance nobody", "rebalance nobody: nothing has changed", 2},
		{"stop", "stop: want one of: down NODE", 2},
		{"explode 2", "explode 2: want one of: down NODE", 2},
		{strings.Repeat("x", 5000), "A line of more than 4096 bytes: want one of: down NODE", 2},
	} {
		if _, err := io.WriteString(typing, tt.order+"\n"); err != nil {
			t.Fatal(err)
		}
		said.await(t, regexp.QuoteMeta(tt.says))
		admin := connect("se:cret") // a new one: clients keep what they know for seconds
		nodes, err := admin.ListBrokers(t.Context())
		admin.Close()
		if err != nil || len(nodes) != tt.nodes {
			t.Errorf("after %q: %d nodes, error %v, want %d", tt.order, len(nodes), err, tt.nodes)
		}
	}
	cancel()
	if code := <-done; code != exitPass {
		t.Errorf("exit %d: %s", code, said)
	}
}

// TestTemporaryFiles: where the system has no folder for temporary files, the cache has.
func TestTemporaryFiles(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(cache, "nowhere"))
	if _, err := cacheDir(cache); err != nil {
		t.Fatal(err)
	}
	if dir, err := os.MkdirTemp("", "x"); err != nil || !strings.HasPrefix(dir, filepath.Join(cache, "tmp")+"/") {
		t.Errorf("a temporary folder is %q, %v", dir, err)
	}
	kept := t.TempDir()
	t.Setenv("TMPDIR", kept)
	if _, err := cacheDir(cache); err != nil || os.TempDir() != kept {
		t.Errorf("temporary files go to %s, %v; want %s, which is there", os.TempDir(), err, kept)
	}
}
