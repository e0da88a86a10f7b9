package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
)

var consumerCommand = command{
	name:  "kafka-console-consumer",
	about: "This tool helps to read data from Kafka topics and outputs it to standard output.",
	options: []option{
		{"command-config", "String: command config property file", "Property file containing configs to be passed to the client."},
		{"command-property", "String: consumer_prop", "A mechanism to pass user-defined properties in the form key=value to the consumer."},
		{"consumer-property", "String: consumer_prop", "(DEPRECATED) Use --command-property."},
		{"consumer.config", "String: config file", "(DEPRECATED) Use --command-config."},
		{"formatter", "String: class", "The name of a class to use for formatting kafka messages for display. (default: org.apache.kafka.tools.consumer.DefaultMessageFormatter)"},
		{"formatter-config", "String: config file", "Config properties file to initialize the message formatter. Note that --formatter-property takes precedence over this config."},
		{"formatter-property", "String: prop", "The properties to initialize the message formatter: print.timestamp=true|false, print.key=true|false, print.offset=true|false, print.partition=true|false, print.headers=true|false, print.value=true|false, key.separator=<key.separator>, line.separator=<line.separator>, headers.separator=<headers.separator>, null.literal=<null.literal>, key.deserializer=<key.deserializer>, value.deserializer=<value.deserializer>."},
		{"from-beginning", "", "If the consumer does not already have an established offset to consume from, start with the earliest message present in the log rather than the latest message."},
		{"group", "String: consumer group id", "The consumer group id of the consumer."},
		{"include", "String: Java regex (String)", "Regular expression specifying list of topics to include for consumption. Here it has to match one."},
		{"isolation-level", "String", "Set to read_committed in order to filter out transactional messages which are not committed. Set to read_uncommitted to read all messages. (default: read_uncommitted)"},
		{"key-deserializer", "String: deserializer for keys", "The name of the class to use for deserializing keys."},
		{"max-messages", "Integer: num_messages", "The maximum number of messages to consume before exiting. If not set, consumption is continual."},
		{"offset", "String: consume offset", "The offset to consume from (a non-negative number), or 'earliest' which means from beginning, or 'latest' which means from end. (default: latest)"},
		{"partition", "Integer: partition", "The partition to consume from. Consumption starts from the end of the partition unless '--offset' is specified."},
		{"property", "String: prop", "(DEPRECATED) Use --formatter-property."},
		{"skip-message-on-error", "", "If there is an error when processing a message, skip it instead of halt."},
		{"timeout-ms", "Long: timeout_ms", "If specified, exit if no message is available for consumption for the specified interval."},
		{"topic", "String: topic", "The topic to consume on."},
		{"value-deserializer", "String: deserializer for values", "The name of the class to use for deserializing values."},
	},
}

// consume is kafka-console-consumer.
func consume(c *call) int {
	if wrong := c.consumerMisused(); wrong != "" {
		return c.misused("%s", wrong)
	}
	format, err := c.formatterOf()
	if err != nil {
		return c.failed("%s", err)
	}
	r := &reading{call: c, topic: c.last("topic"), format: format, max: -1, assigned: make(map[int32]bool)}
	if r.max, err = c.number("max-messages", -1); err != nil {
		return c.misused("%s", err)
	}
	ms, err := c.number("timeout-ms", 0)
	if err != nil {
		return c.misused("%s", err)
	}
	r.timeout = time.Duration(ms) * time.Millisecond
	opts := []kgo.Opt{kgo.FetchMaxWait(500 * time.Millisecond), kgo.KeepControlRecords(), kgo.AllowAutoTopicCreation()}
	if c.last("isolation-level") == "read_committed" {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if c.has("include") {
		r.topic, err = c.included()
	}
	switch {
	case err != nil:
	case c.has("group"):
		err = r.group(opts)
	default:
		err = r.direct(opts)
	}
	return r.end(err)
}

// consumerMisused says what is wrong with the flags of the consumer.
func (c *call) consumerMisused() string {
	offset := c.last("offset")
	n, err := strconv.ParseInt(offset, 10, 64)
	switch {
	case !c.has("bootstrap-server"):
		return "Missing required option(s) [bootstrap-server]"
	case c.has("topic") == c.has("include"):
		return "Exactly one of --include/--topic is required. "
	case c.has("partition") && c.has("group"):
		return "Options group and partition cannot be specified together."
	case c.has("offset") && !c.has("partition"):
		return "The partition is required when offset is specified."
	case c.has("from-beginning") && offset != "" && offset != "earliest":
		return "If --from-beginning is specified, --offset must be 'earliest' or not specified."
	case c.has("offset") && offset != "earliest" && offset != "latest" && (err != nil || n < 0):
		return fmt.Sprintf("The provided offset value '%s' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.", offset)
	case c.has("isolation-level") && c.last("isolation-level") != "read_committed" && c.last("isolation-level") != "read_uncommitted":
		return "Invalid value " + c.last("isolation-level") + " for configuration isolation.level: String must be one of: read_committed, read_uncommitted"
	}
	return ""
}

// included is the topic that --include means.
func (c *call) included() (string, error) {
	pattern, err := regexp.Compile("^(?:" + c.last("include") + ")$")
	if err != nil {
		return "", fmt.Errorf("%s is an invalid regex", c.last("include"))
	}
	adm, ok := c.admin("listTopics")
	if !ok {
		return "", context.DeadlineExceeded
	}
	defer adm.Close()
	found, err := adm.ListTopics(c.ctx)
	if err != nil {
		return "", err
	}
	names := slices.DeleteFunc(found.Names(), func(name string) bool { return !pattern.MatchString(name) })
	if len(names) != 1 {
		return "", fmt.Errorf("--include matches %d topics (%s); the consumer of this terminal reads one", len(names), strings.Join(names, ", "))
	}
	return names[0], nil
}

// reading is one run of the consumer.
type reading struct {
	*call
	topic   string
	format  formatter
	max     int
	timeout time.Duration
	cl      *kgo.Client
	adm     *kadm.Client
	count   int

	mu       sync.Mutex
	assigned map[int32]bool  // of a group
	next     map[int32]int64 // the offset that comes next, by partition
}

// errQuiet ends a consumer after --timeout-ms without a record.
var errQuiet = errors.New("org.apache.kafka.common.errors.TimeoutException")

// end says how many records there were, and gives the exit code.
func (r *reading) end(err error) int {
	code := 0
	switch {
	case r.stopped(err):
		code = brokers.ExitInterrupted
	case errors.Is(err, errQuiet):
		r.log("ERROR", "Error processing message, terminating consumer process:  (org.apache.kafka.tools.consumer.ConsoleConsumer)")
		fmt.Fprintln(r.io.Err, err)
	case err != nil:
		r.log("ERROR", "Unknown error when running consumer:  (org.apache.kafka.tools.consumer.ConsoleConsumer)")
		fmt.Fprintln(r.io.Err, err)
		code = exitUsage
	}
	fmt.Fprintf(r.io.Err, "Processed a total of %d messages\n", r.count)
	return code
}

// direct reads partitions without a group, from where the flags say.
func (r *reading) direct(opts []kgo.Opt) error {
	cl, err := r.client("console-consumer", opts...)
	if err != nil {
		return err
	}
	defer cl.Close()
	r.cl, r.adm = cl, kadm.NewClient(cl)
	if r.next, err = r.begins(); err != nil {
		return err
	}
	at := make(map[int32]kgo.Offset)
	for p, offset := range r.next {
		at[p] = kgo.NewOffset().At(offset)
	}
	cl.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: at})
	return r.poll()
}

// begins are the offsets to begin at. A topic that is not there is waited for, as
// Kafka's consumer does.
func (r *reading) begins() (map[int32]int64, error) {
	began := time.Now()
	for warned := false; ; warned = true {
		found, err := r.adm.ListTopicsWithInternal(r.ctx, r.topic)
		if err != nil {
			return nil, err
		}
		err = found[r.topic].Err
		if err == nil {
			return r.offsets(found[r.topic].Partitions.Numbers())
		}
		if !errors.Is(err, kerr.UnknownTopicOrPartition) {
			return nil, fmt.Errorf("%s: %s", exception(err), reason(err, ""))
		}
		if !warned {
			r.log("WARN", "[Consumer clientId=console-consumer] The metadata response from the cluster reported a recoverable issue with correlation id 2 : {%s=UNKNOWN_TOPIC_OR_PARTITION} (org.apache.kafka.clients.NetworkClient)", r.topic)
		}
		if r.timeout > 0 && time.Since(began) > r.timeout || r.io.Settle {
			return nil, errQuiet
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-r.ctx.Done():
			return nil, r.ctx.Err()
		}
	}
}

// offsets are where to begin in partitions.
func (r *reading) offsets(partitions []int32) (map[int32]int64, error) {
	where := "latest"
	if r.has("from-beginning") {
		where = "earliest"
	}
	if r.has("partition") {
		p, err := r.number("partition", 0)
		if err != nil || !slices.Contains(partitions, int32(p)) {
			return nil, fmt.Errorf("org.apache.kafka.common.KafkaException: Partition %s of topic %s does not exist", r.last("partition"), r.topic)
		}
		partitions = []int32{int32(p)}
		if r.has("offset") {
			where = r.last("offset")
		}
	}
	list := r.adm.ListEndOffsets
	if where == "earliest" {
		list = r.adm.ListStartOffsets
	}
	listed, err := list(r.ctx, r.topic)
	if err != nil {
		return nil, err
	}
	out := make(map[int32]int64)
	for _, p := range partitions {
		o, ok := listed.Lookup(r.topic, p)
		if ok && o.Err != nil {
			r.log("WARN", "[Consumer clientId=console-consumer] Partition %s-%d: %s", r.topic, p, reason(o.Err, ""))
		}
		out[p] = max(o.Offset, 0)
		if n, err := strconv.ParseInt(where, 10, 64); err == nil {
			out[p] = n
		}
	}
	return out, nil
}

// group reads as a member of a group, from where the group is.
func (r *reading) group(opts []kgo.Opt) error {
	reset := kgo.NewOffset().AtEnd()
	if r.has("from-beginning") {
		reset = kgo.NewOffset().AtStart()
	}
	opts = append(opts, kgo.ConsumerGroup(r.last("group")), kgo.ConsumeTopics(r.topic), kgo.ConsumeResetOffset(reset), kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) { r.own(got, true) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { r.commit(); r.own(lost, false) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { r.own(lost, false) }),
	)
	r.mu.Lock() // the group may give out partitions before the client is kept
	cl, err := r.client("console-consumer", opts...)
	if err != nil {
		r.mu.Unlock()
		return err
	}
	r.cl, r.adm, r.next = cl, kadm.NewClient(cl), make(map[int32]int64)
	r.mu.Unlock()
	defer cl.Close()
	defer r.commit()
	return r.poll()
}

func (r *reading) own(partitions map[string][]int32, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range partitions[r.topic] {
		r.assigned[p] = mine
		delete(r.next, p)
	}
}

// commit tells the group how far this member has come.
func (r *reading) commit() {
	r.mu.Lock()
	offsets := make(map[int32]kgo.EpochOffset)
	for p, next := range r.next {
		offsets[p] = kgo.EpochOffset{Epoch: -1, Offset: next}
	}
	cl := r.cl
	r.mu.Unlock()
	if len(offsets) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), reachTime)
	defer cancel()
	cl.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{r.topic: offsets}, nil)
}

// The pauses of poll.
const (
	pollTime   = 200 * time.Millisecond
	commitTime = 5 * time.Second // Kafka's auto.commit.interval.ms
	// settlePolls is how often a consumer that nobody would interrupt asks in vain for what
	// its offsets say is there and which never comes, such as aborted records. Polls are
	// counted and not time: a machine that stands still for seconds brings nothing meanwhile.
	settlePolls = 15
)

// poll prints records until there is a reason to stop.
func (r *reading) poll() error {
	if r.max == 0 {
		return nil
	}
	last, committed, idle := time.Now(), time.Now(), 0
	for {
		ctx, cancel := context.WithTimeout(r.ctx, pollTime)
		fetches := r.cl.PollFetches(ctx)
		cancel()
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		if err := r.troubles(fetches); err != nil {
			return err
		}
		for it := fetches.RecordIter(); !it.Done(); {
			if err := r.take(it.Next()); err != nil {
				return err
			}
			last, idle = time.Now(), 0
			if r.max > 0 && r.count >= r.max {
				return nil
			}
		}
		if r.has("group") && time.Since(committed) > commitTime {
			r.commit()
			committed = time.Now()
		}
		if r.timeout > 0 && time.Since(last) > r.timeout {
			return errQuiet
		}
		if r.io.Settle {
			idle++
			if r.caughtUp() || idle > settlePolls*slower(r.has("group"), r.shares()) {
				return nil
			}
		}
	}
}

// slower is how many times longer than others a member of a group waits that has no share
// yet: to be given one takes some rounds, and on a busy machine seconds.
func slower(inGroup, shares bool) int {
	if inGroup && !shares {
		return 5
	}
	return 1
}

// shares reports whether the group has given this member something.
func (r *reading) shares() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(slices.Collect(maps.Values(r.assigned)), true)
}

// troubles says what is wrong with what was fetched. Only what cannot pass is an error.
func (r *reading) troubles(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		var known *kerr.Error
		switch {
		case errors.Is(e.Err, context.DeadlineExceeded), errors.Is(e.Err, context.Canceled):
		case errors.As(e.Err, &known) && !known.Retriable:
			return fmt.Errorf("%s: %s", exception(e.Err), reason(e.Err, ""))
		case errors.As(e.Err, &known):
			r.log("WARN", "[Consumer clientId=console-consumer] %s-%d: %s", e.Topic, e.Partition, known.Message)
		}
	}
	return nil
}

// take prints a record.
func (r *reading) take(rec *kgo.Record) error {
	r.mu.Lock()
	r.next[rec.Partition] = rec.Offset + 1
	r.mu.Unlock()
	if rec.Attrs.IsControl() {
		return nil
	}
	r.count++
	line, err := r.format.line(rec)
	fmt.Fprint(r.io.Out, line)
	if r.has("skip-message-on-error") {
		return nil
	}
	return err
}

// caughtUp reports whether every partition was read to its end.
func (r *reading) caughtUp() bool {
	list := r.adm.ListEndOffsets
	if r.last("isolation-level") == "read_committed" {
		list = r.adm.ListCommittedOffsets
	}
	ends, err := list(r.ctx, r.topic)
	if err != nil || ends.Error() != nil {
		return false
	}
	r.mu.Lock()
	next := maps.Clone(r.next)
	owned := r.ownedAll(ends)
	r.mu.Unlock()
	if r.has("group") {
		if !owned || !r.fillIn(next) {
			return false
		}
	}
	for p, at := range next {
		if end, ok := ends.Lookup(r.topic, p); ok && at < end.Offset {
			return false
		}
	}
	return true
}

// ownedAll reports whether the group has given this member all partitions; r.mu is held.
func (r *reading) ownedAll(ends kadm.ListedOffsets) bool {
	all := true
	ends.Each(func(o kadm.ListedOffset) { all = all && r.assigned[o.Partition] })
	return all && len(ends) > 0
}

// fillIn adds where the group stands in partitions of which nothing was read.
func (r *reading) fillIn(next map[int32]int64) bool {
	committed, err := r.adm.FetchOffsets(r.ctx, r.last("group"))
	starts, err2 := r.adm.ListStartOffsets(r.ctx, r.topic)
	if err != nil || err2 != nil {
		return false
	}
	starts.Each(func(o kadm.ListedOffset) {
		if _, known := next[o.Partition]; known {
			return
		}
		at, ok := committed.Lookup(r.topic, o.Partition)
		switch {
		case ok && at.Err == nil && at.At >= 0:
			next[o.Partition] = at.At
		case r.has("from-beginning"):
			next[o.Partition] = o.Offset
		}
	})
	return true
}
