package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
)

var producerCommand = command{
	name:  "kafka-console-producer",
	about: "This tool helps to read data from standard input and publish it to Kafka.",
	options: []option{
		{"batch-size", "Integer: size", "Number of messages to send in a single batch if they are not being sent synchronously. (default: 16384)"},
		{"command-config", "String: command config property file", "Property file containing configs to be passed to the client."},
		{"command-property", "String: producer_prop", "A mechanism to pass user-defined properties in the form key=value to the producer."},
		{"compression-codec", "String: compression-codec", "The compression codec: either 'none', 'gzip', 'snappy', 'lz4', or 'zstd'. If specified without value, then it defaults to 'gzip'."},
		{"max-block-ms", "Long: max block on send", "The max time that the producer will block for during a send request. (default: 60000)"},
		{"message-send-max-retries", "Integer", "Brokers can fail receiving the message for multiple reasons, and being unavailable transiently is just one of them. (default: 3)"},
		{"producer-property", "String: producer_prop", "(DEPRECATED) Use --command-property."},
		{"producer.config", "String: config file", "(DEPRECATED) Use --command-config."},
		{"property", "String: prop", "(DEPRECATED) Use --reader-property."},
		{"reader-config", "String: config file", "Config properties file for the message reader. Note that --reader-property takes precedence over this config."},
		{"reader-property", "String: prop", "A mechanism to pass user-defined properties in the form key=value to the message reader: parse.key=true|false, key.separator=<key.separator>, parse.headers=true|false, headers.delimiter=<headers.delimiter>, headers.separator=<headers.separator>, headers.key.separator=<headers.key.separator>, ignore.error=true|false, null.marker=<null.marker>."},
		{"request-required-acks", "String: request required acks", "The required acks of the producer requests. (default: -1)"},
		{"request-timeout-ms", "Integer: request timeout ms", "The ack timeout of the producer requests. Value must be non-negative and non-zero. (default: 1500)"},
		{"retry-backoff-ms", "Long", "Before each retry, the producer refreshes the metadata of relevant topics. (default: 100)"},
		{"sync", "", "If set message send requests to the brokers are synchronously, one at a time as they arrive."},
		{"timeout", "Long: timeout_ms", "If set and the producer is running in asynchronous mode, this gives the maximum amount of time a message will queue awaiting sufficient batch size."},
		{"topic", "String: topic", "REQUIRED: The topic name to produce messages to."},
	},
}

// A lineReader makes records of lines.
type lineReader struct {
	parseKey, parseHeaders, ignore  bool
	separator                       string
	delimiter, headersSep, keyOfSep string
	null                            string
	lines                           int
}

// readerOf reads the properties of the reader.
func (c *call) readerOf() *lineReader {
	r := &lineReader{separator: "\t", delimiter: "\t", headersSep: ",", keyOfSep: ":"}
	for _, p := range append(c.given["property"], c.given["reader-property"]...) {
		key, value, _ := strings.Cut(p, "=")
		value = unescaped(value)
		switch key {
		case "parse.key":
			r.parseKey = strings.TrimSpace(value) == "true"
		case "key.separator":
			r.separator = value
		case "parse.headers":
			r.parseHeaders = strings.TrimSpace(value) == "true"
		case "headers.delimiter":
			r.delimiter = value
		case "headers.separator":
			r.headersSep = value
		case "headers.key.separator":
			r.keyOfSep = value
		case "ignore.error":
			r.ignore = strings.TrimSpace(value) == "true"
		case "null.marker":
			r.null = value
		}
	}
	return r
}

// unescaped reads \t and its like, as people write them in properties.
func unescaped(value string) string {
	return strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\\`, `\`).Replace(value)
}

// record makes a record of a line. Errors: in the tool's own words.
func (r *lineReader) record(topic, line string) (*kgo.Record, error) {
	r.lines++
	rec := &kgo.Record{Topic: topic}
	rest := line
	if r.parseHeaders {
		headers, after, ok := strings.Cut(rest, r.delimiter)
		if !ok && !r.ignore {
			return nil, fmt.Errorf("No header delimiter found on line number %d: '%s'", r.lines, line) //nolint:staticcheck // the tool's own words
		}
		if ok {
			rest = after
			for _, h := range strings.Split(headers, r.headersSep) {
				key, value, ok := strings.Cut(h, r.keyOfSep)
				if !ok && !r.ignore {
					return nil, fmt.Errorf("No header key separator found in pair '%s' on line number %d", h, r.lines) //nolint:staticcheck // the tool's own words
				}
				rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: key, Value: []byte(value)})
			}
		}
	}
	if r.parseKey {
		key, value, ok := strings.Cut(rest, r.separator)
		if !ok && !r.ignore {
			return nil, fmt.Errorf("No key separator found on line number %d: '%s'", r.lines, line) //nolint:staticcheck // the tool's own words
		}
		if ok {
			rec.Key, rest = r.bytes(key), value
		}
	}
	rec.Value = r.bytes(rest)
	return rec, nil
}

func (r *lineReader) bytes(text string) []byte {
	if r.null != "" && text == r.null {
		return nil
	}
	return []byte(text)
}

// produce is kafka-console-producer.
func produce(c *call) int {
	if name := c.missing("bootstrap-server", "topic"); name != "" {
		return c.misused("Missing required option(s) [%s]", name)
	}
	opts, err := c.producerOptions()
	if err != nil {
		return c.misused("%s", err)
	}
	cl, err := c.client("console-producer", opts...)
	if err != nil {
		return c.failed("org.apache.kafka.common.KafkaException: Failed to construct kafka producer")
	}
	defer cl.Close()
	p := &producing{call: c, cl: cl, reader: c.readerOf()}
	code := p.run()
	p.flush()
	if p.failures > 0 && code == 0 {
		return exitUsage
	}
	return code
}

// producerOptions are what the flags ask of the client.
func (c *call) producerOptions() ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(2), kgo.RecordDeliveryTimeout(produceTime),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0),
	}
	acks, idempotent, explicit := "-1", true, false
	compression := ""
	for _, p := range append(c.given["producer-property"], c.given["command-property"]...) {
		key, value, ok := strings.Cut(p, "=")
		switch {
		case !ok:
			return nil, fmt.Errorf("Invalid property: %s", p) //nolint:staticcheck // the tool's own words
		case key == "acks":
			acks = value
		case key == "enable.idempotence":
			idempotent, explicit = value == "true", true
		case key == "compression.type":
			compression = value
		case key == "linger.ms":
			ms, _ := strconv.Atoi(value)
			opts = append(opts, kgo.ProducerLinger(time.Duration(min(max(ms, 0), 60_000))*time.Millisecond))
		}
	}
	if c.has("request-required-acks") {
		acks = c.last("request-required-acks")
	}
	if c.has("compression-codec") {
		compression = c.last("compression-codec")
	}
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	codec, ok := codecs[compression]
	if !ok {
		return nil, fmt.Errorf("Invalid value %s for configuration compression.type", compression) //nolint:staticcheck // the client's own words
	}
	opts = append(opts, kgo.ProducerBatchCompression(codec))
	switch acks {
	case "all", "-1":
		opts = append(opts, kgo.RequiredAcks(kgo.AllISRAcks()))
		if !idempotent {
			opts = append(opts, kgo.DisableIdempotentWrite())
		}
		return opts, nil
	case "0":
		opts = append(opts, kgo.RequiredAcks(kgo.NoAck()))
	case "1":
		opts = append(opts, kgo.RequiredAcks(kgo.LeaderAck()))
	default:
		return nil, fmt.Errorf("Invalid value %s for configuration acks: String must be one of: all, -1, 0, 1", acks) //nolint:staticcheck // the client's own words
	}
	if explicit && idempotent {
		return nil, errors.New("Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.") //nolint:staticcheck // the client's own words
	}
	return append(opts, kgo.DisableIdempotentWrite()), nil
}

// produceTime is how long a record may take. Kafka's default is two minutes.
const produceTime = 10 * time.Second

// producing is one run of the producer.
type producing struct {
	*call
	cl     *kgo.Client
	reader *lineReader

	mu       sync.Mutex
	failures int
}

// maxRecord bounds a line, in bytes: the broker takes no longer record anyway.
const maxRecord = 1 << 20

// run reads lines to their end.
func (p *producing) run() int {
	lines := bufio.NewScanner(p.io.In)
	lines.Buffer(make([]byte, 0, 4096), maxRecord)
	p.prompt()
	for lines.Scan() {
		rec, err := p.reader.record(p.last("topic"), lines.Text())
		if err != nil {
			return p.failed("org.apache.kafka.common.KafkaException: %s", err)
		}
		p.send(rec)
		p.prompt()
	}
	switch err := lines.Err(); {
	case p.ctx.Err() != nil:
		return brokers.ExitInterrupted
	case err != nil && !errors.Is(err, io.EOF):
		return p.failed("org.apache.kafka.common.KafkaException: %s", err)
	}
	if p.io.Terminal {
		fmt.Fprintln(p.io.Out)
	}
	return 0
}

func (p *producing) prompt() {
	if p.io.Terminal {
		fmt.Fprint(p.io.Out, ">")
	}
}

// send sends a record; who types, and who asked for --sync, waits for the answer.
func (p *producing) send(rec *kgo.Record) {
	done := make(chan struct{})
	p.cl.Produce(p.ctx, rec, func(r *kgo.Record, err error) {
		defer close(done)
		if err != nil && p.ctx.Err() == nil {
			p.say(r, err)
		}
	})
	if p.io.Terminal || p.has("sync") {
		select {
		case <-done:
		case <-p.ctx.Done():
		}
	}
}

// say prints why a record could not be sent, as Kafka's producer does.
func (p *producing) say(r *kgo.Record, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures++; p.failures > 10 {
		return // ten say it
	}
	key := "null"
	if r.Key != nil {
		key = fmt.Sprintf("%d bytes", len(r.Key))
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		p.log("WARN", "[Producer clientId=console-producer] The metadata response from the cluster reported a recoverable issue with correlation id %d : {%s=UNKNOWN_TOPIC_OR_PARTITION} (org.apache.kafka.clients.NetworkClient)", 4+p.failures, r.Topic)
	}
	p.log("ERROR", "Error when sending message to topic %s with key: %s, value: %d bytes with error: (org.apache.kafka.clients.producer.internals.ErrorLoggingCallback)", r.Topic, key, len(r.Value))
	fmt.Fprintf(p.io.Err, "%s: %s\n", exception(err), reason(err, ""))
}

// exception is what Kafka's clients call an error.
func exception(err error) string {
	const in = "org.apache.kafka.common.errors."
	var known *kerr.Error
	if !errors.As(err, &known) {
		return in + "TimeoutException"
	}
	names := map[string]string{"UNKNOWN_TOPIC_OR_PARTITION": "UnknownTopicOrPartition", "MESSAGE_TOO_LARGE": "RecordTooLarge", "INVALID_TOPIC_EXCEPTION": "InvalidTopic"}
	if name, ok := names[known.Message]; ok {
		return in + name + "Exception"
	}
	var name strings.Builder
	for _, part := range strings.Split(known.Message, "_") {
		if part != "" {
			name.WriteString(part[:1] + strings.ToLower(part[1:]))
		}
	}
	return in + name.String() + "Exception"
}

// flush waits for what is on its way, also when the tool was interrupted.
func (p *producing) flush() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), produceTime)
	defer cancel()
	_ = p.cl.Flush(ctx) // what could not be sent was said
}
