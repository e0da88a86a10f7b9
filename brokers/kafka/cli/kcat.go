package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
)

// kcat is spelled as the tool of that name is.
var kcat = brokers.Tool{
	Name: "kcat", Broker: "kafka", Does: "Apache Kafka producer and consumer tool, in one letter per flag.", Values: values,
	Flags: []string{"-b", "-t", "-p", "-P", "-C", "-L", "-G", "-K", "-o", "-c", "-e", "-f", "-q", "-u", "-J", "-k", "-X", "-D", "-h", "-V"},
	Run: func(ctx context.Context, io brokers.ToolIO, args []string) int {
		k := &kcatCall{ctx: ctx, io: io, partition: -1, count: -1, offset: "beginning"}
		return k.run(args)
	},
}

const kcatUsage = `Usage: kcat <options> [file1 file2 .. | topic1 topic2 ..]]
Mode:
  -P                 Producer
  -C                 Consumer
  -G <group-id>      High-level KafkaConsumer: kcat -G <group-id> topic1 ..
  -L                 Metadata List
General options for most modes:
  -t <topic>         Topic to consume from, produce to, or list
  -p <partition>     Partition
  -b <brokers,..>    Bootstrap broker(s) (host[:port])
  -D <delim>         Message delimiter, \n by default
  -K <delim>         Key delimiter: print or read keys before it
  -c <cnt>           Limit message count
  -X prop=val        Set librdkafka configuration property
  -q                 Be quiet
  -h                 Print usage help.
  -V                 Print version
Producer options:
  -k <str>           Use a fixed key for all messages
Consumer options:
  -o <offset>        Offset to start consuming from:
                     beginning | end | <value> (absolute offset) |
                     -<value> (relative offset from end)
  -e                 Exit successfully when last message received
  -f <fmt..>         Output formatting string
                     %t topic  %p partition  %o offset  %k key  %s payload
                     %T timestamp  %h headers  %K length of key  %S length of payload
`

// A kcatCall is one use of kcat.
type kcatCall struct {
	ctx context.Context
	io  brokers.ToolIO

	mode                        byte
	servers, topic, offset, key string
	format, delimiter, keySplit string
	group                       string
	partition                   int32
	count                       int
	exitAtEnd, quiet, hasFixed  bool
	topics                      []string // of -G
	done                        int
	ends                        map[int32]int64
	next                        map[int32]int64
	reached                     map[int32]bool
	shares                      atomic.Bool // the group has given this member something
}

func (k *kcatCall) run(args []string) int {
	if wrong := k.read(args); wrong != "" {
		fmt.Fprintf(k.io.Err, "%% ERROR: %s\n\n", wrong)
		_, _ = io.WriteString(k.io.Err, kcatUsage) // likewise
		return exitUsage
	}
	var err error
	switch k.mode {
	case 'h':
		_, _ = io.WriteString(k.io.Out, kcatUsage) // a reader that has gone away needs no help
		return 0
	case 'V':
		fmt.Fprintln(k.io.Out, "kcat - Apache Kafka producer and consumer tool\nhttps://github.com/edenhill/kcat")
		return 0
	case 'L':
		err = k.list()
	case 'P':
		err = k.produce()
	case 'G':
		err = k.member()
	default:
		err = k.consume()
	}
	switch {
	case err == nil:
		return 0
	case k.ctx.Err() != nil:
		return brokers.ExitInterrupted
	}
	fmt.Fprintf(k.io.Err, "%% ERROR: %s\n", err)
	return exitUsage
}

// read reads the flags. Letters may stand together, and values right after them.
func (k *kcatCall) read(args []string) string {
	for i := 0; i < len(args); i++ {
		word := args[i]
		if !strings.HasPrefix(word, "-") || word == "-" {
			k.topics = append(k.topics, word)
			continue
		}
		for j := 1; j < len(word); j++ {
			letter := word[j]
			if strings.IndexByte("PCLhVeqJu", letter) >= 0 {
				k.flag(letter)
				continue
			}
			if strings.IndexByte("btpoKDckfGX", letter) < 0 {
				return fmt.Sprintf("invalid option -- '%c'", letter)
			}
			value := word[j+1:]
			if value == "" {
				if i++; i >= len(args) {
					return fmt.Sprintf("option requires an argument -- '%c'", letter)
				}
				value = args[i]
			}
			if wrong := k.set(letter, value); wrong != "" {
				return wrong
			}
			break
		}
	}
	switch {
	case k.mode == 'h' || k.mode == 'V':
	case k.servers == "":
		return "-b <broker,..> missing"
	case k.mode == 'G' && len(k.topics) == 0 && k.topic == "":
		return "-G <group-id> needs topics"
	case k.mode != 'L' && k.mode != 'G' && k.topic == "":
		return "-t <topic> missing"
	}
	return ""
}

func (k *kcatCall) flag(letter byte) {
	switch letter {
	case 'e':
		k.exitAtEnd = true
	case 'q':
		k.quiet = true
	case 'J', 'u':
	default:
		k.mode = letter
	}
}

func (k *kcatCall) set(letter byte, value string) string {
	var err error
	switch letter {
	case 'b':
		k.servers = value
	case 't':
		k.topic = value
	case 'p':
		var n int64
		n, err = strconv.ParseInt(value, 10, 32)
		k.partition = int32(n)
	case 'o':
		k.offset = value
	case 'K':
		k.keySplit = unescaped(value)
	case 'D':
		k.delimiter = unescaped(value)
	case 'c':
		k.count, err = strconv.Atoi(value)
	case 'k':
		k.key, k.hasFixed = value, true
	case 'f':
		k.format = unescaped(value)
	case 'G':
		k.mode, k.group = 'G', value
	}
	if err != nil {
		return fmt.Sprintf("invalid value for -%c: %s", letter, value)
	}
	return ""
}

// connect reaches the cluster, or says what librdkafka says.
func (k *kcatCall) connect(opts ...kgo.Opt) (*kgo.Client, error) {
	seeds := strings.Split(k.servers, ",")
	for i, s := range seeds {
		if !strings.Contains(s, ":") {
			seeds[i] = s + ":9092"
		}
	}
	cl, err := dial(k.ctx, seeds, "rdkafka", opts...)
	if err != nil {
		return nil, fmt.Errorf("Failed to acquire metadata: Local: Broker transport failure (Are the brokers reachable? Also try increasing the metadata timeout with -m <timeout>?)") //nolint:staticcheck // the tool's own words
	}
	return cl, nil
}

func (k *kcatCall) list() error {
	cl, err := k.connect()
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	var meta kadm.Metadata
	of := "all topics"
	if k.topic != "" {
		of = k.topic
		meta, err = adm.Metadata(k.ctx, k.topic)
	} else {
		meta, err = adm.Metadata(k.ctx)
	}
	if err != nil {
		return err
	}
	from, at := int32(-1), k.servers
	for _, b := range meta.Brokers {
		if fmt.Sprintf("%s:%d", b.Host, b.Port) == k.servers {
			from = b.NodeID
		}
	}
	fmt.Fprintf(k.io.Out, "Metadata for %s (from broker %d: %s/%d):\n %d brokers:\n", of, from, at, from, len(meta.Brokers))
	for _, b := range meta.Brokers {
		controller := ""
		if b.NodeID == meta.Controller {
			controller = " (controller)"
		}
		fmt.Fprintf(k.io.Out, "  broker %d at %s:%d%s\n", b.NodeID, b.Host, b.Port, controller)
	}
	fmt.Fprintf(k.io.Out, " %d topics:\n", len(meta.Topics))
	for _, t := range meta.Topics.Sorted() {
		fmt.Fprintf(k.io.Out, "  topic \"%s\" with %d partitions:", t.Topic, len(t.Partitions))
		if t.Err != nil {
			fmt.Fprintf(k.io.Out, " Broker: %s", reason(t.Err, ""))
		}
		fmt.Fprintln(k.io.Out)
		for _, p := range t.Partitions.Sorted() {
			fmt.Fprintf(k.io.Out, "    partition %d, leader %d, replicas: %s, isrs: %s\n", p.Partition, p.Leader, ids(p.Replicas), ids(p.ISR))
		}
	}
	return nil
}

func (k *kcatCall) produce() error {
	opts := []kgo.Opt{kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(2), kgo.RecordDeliveryTimeout(produceTime)}
	if k.partition >= 0 {
		opts = append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	cl, err := k.connect(opts...)
	if err != nil {
		return err
	}
	defer cl.Close()
	lines := bufio.NewScanner(k.io.In)
	lines.Buffer(make([]byte, 0, 4096), maxRecord)
	for lines.Scan() {
		rec := &kgo.Record{Topic: k.topic, Value: []byte(lines.Text()), Partition: max(k.partition, 0)}
		if k.hasFixed {
			rec.Key = []byte(k.key)
		}
		if key, value, ok := strings.Cut(lines.Text(), k.keySplit); ok && k.keySplit != "" {
			rec.Key, rec.Value = []byte(key), []byte(value)
		}
		if err := cl.ProduceSync(k.ctx, rec).FirstErr(); err != nil {
			return fmt.Errorf("Delivery failed for message: Broker: %s", reason(err, "")) //nolint:staticcheck // the tool's own words
		}
		if k.done++; k.count > 0 && k.done >= k.count {
			break
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return k.ctx.Err()
}

// consume reads partitions from an offset on.
func (k *kcatCall) consume() error {
	cl, err := k.connect()
	if err != nil {
		return err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	starts, err := adm.ListStartOffsets(k.ctx, k.topic)
	if err != nil {
		return err
	}
	ends, err := adm.ListEndOffsets(k.ctx, k.topic)
	if err != nil {
		return err
	}
	k.next, k.ends, k.reached = make(map[int32]int64), make(map[int32]int64), make(map[int32]bool)
	at := make(map[int32]kgo.Offset)
	var unknown error
	ends.Each(func(end kadm.ListedOffset) {
		if k.partition >= 0 && end.Partition != k.partition {
			return
		}
		if end.Err != nil {
			unknown = end.Err
			return
		}
		start, _ := starts.Lookup(k.topic, end.Partition)
		var from int64
		if from, unknown = k.begin(start.Offset, end.Offset); unknown != nil {
			return
		}
		at[end.Partition], k.next[end.Partition], k.ends[end.Partition] = kgo.NewOffset().At(from), from, end.Offset
	})
	switch {
	case unknown != nil && errors.Is(unknown, kerr.UnknownTopicOrPartition), len(at) == 0 && unknown == nil:
		return fmt.Errorf("Topic %s error: Broker: Unknown topic or partition", k.topic) //nolint:staticcheck // the tool's own words
	case unknown != nil:
		return unknown
	}
	cl.AddConsumePartitions(map[string]map[int32]kgo.Offset{k.topic: at})
	return k.poll(cl)
}

// begin reads -o for a partition that reaches from start to end.
func (k *kcatCall) begin(start, end int64) (int64, error) {
	switch k.offset {
	case "beginning":
		return start, nil
	case "end":
		return end, nil
	}
	n, err := strconv.ParseInt(k.offset, 10, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("Invalid value for -o: %s", k.offset) //nolint:staticcheck // the tool's own words
	case n < 0:
		return max(end+n, start), nil
	}
	return n, nil
}

// member reads as a member of a group.
func (k *kcatCall) member() error {
	topics := k.topics
	if k.topic != "" {
		topics = append(topics, k.topic)
	}
	reset := kgo.NewOffset().AtEnd()
	if k.offset == "beginning" {
		reset = kgo.NewOffset().AtStart()
	}
	cl, err := k.connect(kgo.ConsumerGroup(k.group), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(reset),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) {
			k.shares.Store(k.shares.Load() || len(got) > 0)
			if len(got) > 0 && !k.quiet {
				fmt.Fprintf(k.io.Err, "%% Group %s rebalanced: assigned: %v\n", k.group, got)
			}
		}))
	if err != nil {
		return err
	}
	defer cl.Close()
	err = k.poll(cl)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(k.ctx), reachTime)
	defer cancel()
	return errors.Join(err, cl.CommitUncommittedOffsets(ctx))
}

// poll prints records until there is a reason to stop.
func (k *kcatCall) poll(cl *kgo.Client) error {
	for idle := 0; ; {
		if k.atEnds() && (k.exitAtEnd || k.io.Settle) {
			return nil
		}
		ctx, cancel := context.WithTimeout(k.ctx, pollTime)
		fetches := cl.PollFetches(ctx)
		cancel()
		if k.ctx.Err() != nil {
			return k.ctx.Err()
		}
		for it := fetches.RecordIter(); !it.Done(); {
			rec := it.Next()
			idle = -1
			fmt.Fprint(k.io.Out, k.words(rec))
			if k.next != nil {
				k.next[rec.Partition] = rec.Offset + 1
				k.ends[rec.Partition] = max(k.ends[rec.Partition], rec.Offset+1)
				k.reached[rec.Partition] = false
			}
			if k.done++; k.count > 0 && k.done >= k.count {
				return nil
			}
		}
		if idle++; (k.io.Settle || k.exitAtEnd) && idle > settlePolls*slower(k.group != "", k.shares.Load()) {
			return nil
		}
	}
}

// atEnds reports whether all partitions were read to their ends, and says so of each.
func (k *kcatCall) atEnds() bool {
	for p := int32(0); int(p) < len(k.next); p++ { // kcat tells them in order
		end, known := k.ends[p]
		if known && k.next[p] >= end && !k.reached[p] {
			k.reached[p] = true
			if !k.quiet {
				fmt.Fprintf(k.io.Err, "%% Reached end of topic %s [%d] at offset %d\n", k.topic, p, k.next[p])
			}
		}
	}
	for p, next := range k.next {
		if next < k.ends[p] {
			return false
		}
	}
	return len(k.next) > 0
}

// words is a record as -f, -K and -D ask for it.
func (k *kcatCall) words(rec *kgo.Record) string {
	end := k.delimiter
	if end == "" {
		end = "\n"
	}
	if k.format == "" {
		if k.keySplit != "" {
			return string(rec.Key) + k.keySplit + string(rec.Value) + end
		}
		return string(rec.Value) + end
	}
	headers := make([]string, len(rec.Headers))
	for i, h := range rec.Headers {
		headers[i] = h.Key + "=" + string(h.Value)
	}
	size := func(b []byte) string {
		if b == nil {
			return "-1"
		}
		return strconv.Itoa(len(b))
	}
	return strings.NewReplacer(
		"%%", "%", "%t", rec.Topic, "%p", strconv.Itoa(int(rec.Partition)), "%o", strconv.FormatInt(rec.Offset, 10),
		"%k", string(rec.Key), "%s", string(rec.Value), "%T", strconv.FormatInt(rec.Timestamp.UnixMilli(), 10),
		"%h", strings.Join(headers, ","), "%K", size(rec.Key), "%S", size(rec.Value),
	).Replace(k.format)
}
