package build

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// clients is a small program for each client library.
var clients = map[string]string{
	"fmt": `package main

import "fmt"

func main() { fmt.Println("hello") }
`,
	"amqp091": `package main

import (
	"context"
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	conn, err := amqp.Dial("amqp://guest:guest@localhost:5672/")
	if err != nil {
		log.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		log.Fatal(err)
	}
	deliveries, err := ch.ConsumeWithContext(context.Background(), "orders", "", false, false, false, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	for d := range deliveries {
		log.Print(d.Ack(false))
	}
}
`,
	"franz-go": `package main

import (
	"context"
	"log"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func main() {
	cl, err := kgo.NewClient(kgo.SeedBrokers("localhost:9092"))
	if err != nil {
		log.Fatal(err)
	}
	defer cl.Close()
	ctx := context.Background()
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 3, 1, nil, "user-events"); err != nil {
		log.Print(kerr.IsRetriable(err))
	}
	_, _ = kmsg.NewPtrMetadataRequest().RequestWith(ctx, cl)
	log.Print(cl.ProduceSync(ctx, kgo.StringRecord("hello")).FirstErr())
}
`,
	"go-redis": `package main

import (
	"context"
	"log"

	"github.com/redis/go-redis/v9"
)

func main() {
	c := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	log.Print(c.XAdd(context.Background(), &redis.XAddArgs{Stream: "s", Values: []string{"a", "b"}}).Err())
}
`,
	"go-stomp": `package main

import (
	"log"

	"github.com/go-stomp/stomp/v3"
	"github.com/go-stomp/stomp/v3/frame"
)

func main() {
	conn, err := stomp.Dial("tcp", "localhost:61613")
	if err != nil {
		log.Fatal(err)
	}
	log.Print(conn.Send("/queue/jobs", "text/plain", []byte("x"), stomp.SendOpt.Header(frame.Receipt, "1")))
}
`,
	"sqs": `package main

import (
	"context"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("a", "b", "")))
	if err != nil {
		log.Fatal(err)
	}
	out, err := sqs.NewFromConfig(cfg).ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:                    aws.String("http://localhost:9324/q"),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	log.Print(out, err)
}
`,
	"pulsar": `package main

import (
	"log"

	"github.com/apache/pulsar-client-go/pulsar"
)

func main() {
	c, err := pulsar.NewClient(pulsar.ClientOptions{URL: "pulsar://localhost:6650"})
	log.Print(c, err)
}
`,
	"paho": `package main

import (
	"log"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

func main() {
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://localhost:1883"))
	token := c.Connect()
	token.Wait()
	log.Print(token.Error())
}
`,
}

// built compiles a program that has to compile.
func built(t testing.TB, c *Compiler, files []File) *Binary {
	t.Helper()
	b, found, err := c.Compile(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	if b == nil {
		t.Fatalf("it does not compile: %v", found)
	}
	return b
}

func TestEveryClientCompiles(t *testing.T) {
	c := newCompiler(t)
	for name, text := range clients {
		t.Run(name, func(t *testing.T) {
			b := built(t, c, mainFile(text))
			st, err := os.Stat(b.Path)
			if err != nil {
				t.Fatal(err)
			}
			if st.Mode().Perm() != 0o555 {
				t.Errorf("mode %v, want read-only and executable for everyone", st.Mode())
			}
			if b.Cached || b.Elapsed <= 0 {
				t.Errorf("cached %v, elapsed %v: want a new program and its time", b.Cached, b.Elapsed)
			}
			t.Logf("%d KiB in %v", st.Size()>>10, b.Elapsed.Round(time.Millisecond))
		})
	}
}

// Where there are no namespaces, children have limits only, or nothing at all.
func TestOtherLevelsCompile(t *testing.T) {
	levels := []jail.Level{jail.LevelC}
	if runtime.GOOS == "linux" {
		levels = append(levels, jail.LevelB)
	}
	for _, level := range levels {
		t.Run(level.String(), func(t *testing.T) {
			opts := options(t)
			opts.Level = level
			checker := NewChecker(opts)
			t.Cleanup(checker.Close)
			built(t, NewCompiler(opts, checker), mainFile(clients["fmt"]))
		})
	}
}

func TestSecondBuildIsCached(t *testing.T) {
	c := newCompiler(t)
	first := built(t, c, mainFile(clients["amqp091"]))
	again := built(t, c, mainFile(clients["amqp091"]))
	if !again.Cached || again.Path != first.Path || strings.Join(again.Calls, " ") != strings.Join(first.Calls, " ") {
		t.Errorf("again %+v, want the first one from the cache: %+v", again, first)
	}
	other := built(t, c, mainFile(clients["amqp091"]+"\n// changed\n"))
	if other.Cached || other.Hash == first.Hash {
		t.Errorf("another source gives %+v, want another program than %+v", other, first)
	}
}

func TestOrderOfFilesDoesNotMatter(t *testing.T) {
	c := newCompiler(t)
	a, b := File{"main.go", "package main\n\nfunc main() { f() }\n"}, File{"b.go", "package main\n\nfunc f() {}\n"}
	first := built(t, c, []File{a, b})
	if again := built(t, c, []File{b, a}); again.Hash != first.Hash {
		t.Errorf("hash %s, want %s", again.Hash, first.Hash)
	}
}

func TestWrongProgramGivesDiagnostics(t *testing.T) {
	c := newCompiler(t)
	b, found, err := c.Compile(t.Context(), mainFile("package main\n\nfunc main() { x }\n"))
	if err != nil || b != nil {
		t.Fatalf("binary %v, error %v: want diagnostics only", b, err)
	}
	compare(t, found, []string{"main.go:3:15-3:16 UndeclaredName undefined: x"})
}

// What go/types lets pass and compile refuses keeps its place, although the
// trace stands before it on the line.
func TestCompileErrorsHavePlaces(t *testing.T) {
	c := newCompiler(t)
	text := "package main\n\nimport \"net/http\"\n\nfunc main() {\n\t_, _ = http.Get(\"\"); var заказ [1 << 50]byte; _ = заказ\n}\n"
	b, found, err := c.Compile(t.Context(), mainFile(text))
	if err != nil || b != nil {
		t.Fatalf("binary %v, error %v: want diagnostics only", b, err)
	}
	if len(found) == 0 || found[0].Line != 6 || found[0].Code != CodeCompile || !strings.Contains(found[0].Message, "larger than address space") {
		t.Errorf("found %v, want compile's words on line 6", found)
	}
}

func TestSameProgramIsBuiltOnce(t *testing.T) {
	c := newCompiler(t)
	var log strings.Builder // written by one builder at a time
	c.opts.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	const askers = 8
	binaries := make([]*Binary, askers)
	var all sync.WaitGroup
	for i := range askers {
		all.Go(func() { binaries[i] = built(t, c, mainFile(clients["fmt"])) })
	}
	all.Wait()
	for _, b := range binaries {
		if b.Hash != binaries[0].Hash {
			t.Errorf("hash %s, want %s", b.Hash, binaries[0].Hash)
		}
	}
	if n := strings.Count(log.String(), "building"); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
}

func TestCancelledBuildStops(t *testing.T) {
	c := newCompiler(t)
	ctx, cancel := context.WithCancel(t.Context())
	files := mainFile(clients["pulsar"] + "\n// to be cancelled\n")
	stopped := make(chan error, 1)
	go func() {
		_, _, err := c.Compile(ctx, files)
		stopped <- err
	}()
	for began := false; !began; time.Sleep(time.Millisecond) { // until its builder runs
		began = len(c.slots) > 0
	}
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	c.Close() // waits for the builder's end
	if entries, _ := os.ReadDir(c.store.dir); len(entries) > 0 {
		t.Errorf("a cancelled build left %v", entries)
	}
}

// One of two who wait for the same program goes away; the other gets it.
func TestCancelKeepsBuildThatOthersWaitFor(t *testing.T) {
	c := newCompiler(t)
	files := mainFile(clients["pulsar"] + "\n// waited for twice\n")
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, _, err := c.Compile(ctx, files)
		gone <- err
	}()
	for began := false; !began; time.Sleep(time.Millisecond) {
		began = len(c.slots) > 0
	}
	go func() { // the first goes when the other waits beside it
		for both := false; !both; time.Sleep(time.Millisecond) {
			c.mu.Lock()
			for _, f := range c.flights {
				both = f.waiting == 2
			}
			c.mu.Unlock()
		}
		cancel()
	}()
	b, found, err := c.Compile(t.Context(), files)
	if err != nil || b == nil {
		t.Errorf("binary %v, found %v, error %v: want the program", b, found, err)
	}
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCompiler(t)
	c.store.keep = 3 << 20 // a fmt program has 1.6 MiB or more
	for _, what := range []string{"1", "2", "3", "4"} {
		b := built(t, c, mainFile("package main\n\nfunc main() { println("+what+") }\n"))
		if _, err := os.Stat(b.Path); err != nil {
			t.Errorf("the program made last is gone: %v", err)
		}
	}
	var size int64
	entries, err := os.ReadDir(c.store.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 2*c.store.keep {
		t.Errorf("%d bytes kept in %d files, want at most about %d", size, len(entries), c.store.keep)
	}
}
