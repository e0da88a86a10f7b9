package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
)

// Tools are the commands, by name. Each answers to its name with .sh, too.
func Tools() []brokers.Tool {
	kafka := []struct {
		command
		run func(*call) int
	}{
		{topicsCommand, topics}, {producerCommand, produce}, {consumerCommand, consume},
		{groupsCommand, groups}, {configsCommand, configs}, {offsetsCommand, getOffsets},
	}
	all := make([]brokers.Tool, 0, len(kafka)+1)
	for _, k := range kafka {
		all = append(all, brokers.Tool{
			Name: k.name, Broker: "kafka", Does: k.about, Flags: k.flags(), Values: values,
			Run: func(ctx context.Context, io brokers.ToolIO, args []string) int {
				return begin(ctx, io, &k.command, args, k.run)
			},
		})
	}
	return append(all, kcat)
}

// Bootstrap is where the cluster of a lab is reached.
const Bootstrap = "localhost:9092"

// A call is one use of a tool.
type call struct {
	ctx context.Context
	io  brokers.ToolIO
	cmd *command
	given
}

// begin reads the flags that every tool has, and runs it.
func begin(ctx context.Context, io brokers.ToolIO, cmd *command, args []string, run func(*call) int) int {
	c := &call{ctx: ctx, io: io, cmd: cmd}
	var err error
	c.given, err = cmd.parse(args)
	switch {
	case err != nil:
		return c.misused(err.Error())
	case c.has("help") || len(args) == 0:
		fmt.Fprintln(io.Err, cmd.about)
		cmd.usage(io.Err)
		return exitUsage
	case c.has("version"):
		fmt.Fprintln(io.Out, version)
		return 0
	}
	if name := c.first(files...); name != "" {
		return c.failed("java.nio.file.NoSuchFileException: %s\n(This terminal has no files, so --%s has nothing to read.)", c.last(name), name)
	}
	for _, o := range cmd.options {
		if _, now, ok := strings.Cut(o.help, deprecated); ok && c.has(o.name) {
			fmt.Fprintf(io.Out, "Option --%s is deprecated and will be removed in a future version. Use %s instead.\n", o.name, strings.TrimSuffix(now, "."))
		}
	}
	return run(c)
}

// files are the flags that name a file.
var files = []string{"command-config", "producer.config", "consumer.config", "reader-config", "formatter-config", "from-file", "add-config-file"}

// deprecated begins the help of a flag that has got another name.
const deprecated = "(DEPRECATED) Use "

// exitUsage is the exit code of a tool that was called in a wrong way, or that failed.
const exitUsage = 1

// misused says what is wrong with a call, and how it should be.
func (c *call) misused(format string, args ...any) int {
	fmt.Fprintf(c.io.Err, format+"\n", args...)
	c.cmd.usage(c.io.Err)
	return exitUsage
}

// failed says what went wrong.
func (c *call) failed(format string, args ...any) int {
	fmt.Fprintf(c.io.Err, format+"\n", args...)
	return exitUsage
}

// missing names the first of the flags that have to be there and are not.
func (c *call) missing(names ...string) string {
	for _, name := range names {
		if !c.has(name) {
			return name
		}
	}
	return ""
}

// log prints a line as the clients of Kafka do.
func (c *call) log(level, format string, args ...any) {
	fmt.Fprintf(c.io.Err, "[%s] %s %s\n", time.Now().UTC().Format("2006-01-02 15:04:05,000"), level, fmt.Sprintf(format, args...))
}

// reachTime is how long a tool tries to reach the cluster. Kafka's own try for a
// minute; nobody here has to wait that long to learn of a typing error. Where nobody listens
// it knows at once, and gives up after a few more tries.
const reachTime = 20 * time.Second

// admin connects to the cluster. When it cannot be reached it says so, and ok is
// false. asking is the request that a client of Kafka would have named.
func (c *call) admin(asking string, opts ...kgo.Opt) (adm *kadm.Client, ok bool) {
	cl, err := c.client("adminclient-1", opts...)
	if err == nil {
		return kadm.NewClient(cl), true
	}
	if c.ctx.Err() == nil {
		fmt.Fprintf(c.io.Err, "%sTimed out waiting for a node assignment. Call: %s\n", c.before(), asking)
	}
	return nil, false
}

// before begins what a tool says of a failure.
func (c *call) before() string {
	switch c.cmd.name {
	case topicsCommand.name:
		return "Error while executing topic command : "
	case configsCommand.name:
		return "Error while executing config command with args '" + c.cmd.name + "' "
	case groupsCommand.name:
		return "Error: Executing consumer group command failed due to "
	}
	return ""
}

// client connects, and warns as Kafka's clients do when nobody answers.
func (c *call) client(id string, opts ...kgo.Opt) (*kgo.Client, error) {
	seeds := strings.Split(c.last("bootstrap-server"), ",")
	for _, seed := range seeds {
		if host, port, ok := strings.Cut(seed, ":"); !ok || host == "" || port == "" {
			return nil, fmt.Errorf("invalid url in bootstrap.servers: %s", seed)
		}
	}
	cl, err := dial(c.ctx, seeds, id, opts...)
	if err != nil && c.ctx.Err() == nil {
		host, port, _ := strings.Cut(seeds[0], ":")
		c.log("WARN", "[AdminClient clientId=%s] Connection to node -1 (%s/127.0.0.1:%s) could not be established. Node may not be available. (org.apache.kafka.clients.NetworkClient)", id, host, port)
	}
	return cl, err
}

// dial connects to one of the seeds.
func dial(ctx context.Context, seeds []string, id string, opts ...kgo.Opt) (*kgo.Client, error) {
	all := append([]kgo.Opt{
		kgo.SeedBrokers(seeds...), kgo.ClientID(id), kgo.RetryTimeout(reachTime), kgo.RequestRetries(3),
		kgo.MetadataMinAge(50 * time.Millisecond),
	}, opts...)
	cl, err := kgo.NewClient(all...)
	if err != nil {
		return nil, err
	}
	reach, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	if err := cl.Ping(reach); err != nil {
		cl.Close()
		return nil, err
	}
	return cl, nil
}

// reason is what a broker said of an error: its own words where there are some, else
// those that Kafka's clients have for the code.
func reason(err error, message string) string {
	if message != "" {
		return message
	}
	text := err.Error()
	if code, words, ok := strings.Cut(text, ": "); ok && code == strings.ToUpper(code) {
		return words
	}
	return text
}

// completeTime is how long completion may ask the broker, also where that is slow.
const completeTime = 5 * time.Second

// values are the topics or groups that there are.
func values(ctx context.Context, flag string) []string {
	ctx, cancel := context.WithTimeout(ctx, completeTime)
	defer cancel()
	switch flag {
	case "--bootstrap-server", "-b":
		return []string{Bootstrap}
	case "--entity-type":
		return []string{"topics", "brokers"}
	case "--topic", "-t", "--group", "-G", "--entity-name":
	default:
		return nil
	}
	cl, err := dial(ctx, []string{Bootstrap}, "completion")
	if err != nil {
		return nil
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	if flag == "--group" || flag == "-G" {
		listed, _ := adm.ListGroups(ctx) // what cannot be asked cannot be offered
		return listed.Groups()
	}
	listed, _ := adm.ListTopics(ctx) // likewise
	return slices.Sorted(maps.Keys(listed))
}

// stopped reports whether the tool was interrupted, and not stopped by anything else.
func (c *call) stopped(err error) bool {
	return c.ctx.Err() != nil || errors.Is(err, context.Canceled)
}
