package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/brokerlab/brokerlab/brokers"
)

var offsetsCommand = command{
	name:  "kafka-get-offsets",
	about: "An interactive shell for getting topic-partition offsets.",
	options: []option{
		{"command-config", "String: command config property file", "Property file containing configs to be passed to Admin Client."},
		{"exclude-internal-topics", "", "By default, internal topics are included. If specified, internal topics are excluded."},
		{"partitions", "String: partition ids", "Comma separated list of partition ids to get the offsets for. If not present, all partitions of the authorized topics are queried."},
		{"time", "String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp", "Timestamp of the offsets before that. (default: latest)"},
		{"topic", "String: topic", "The topic to get the offsets for. It also accepts a regular expression. If not present, all authorized topics are queried."},
		{"topic-partitions", "String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3", "Comma separated list of topic-partition patterns to get the offsets for."},
	},
}

// getOffsets is kafka-get-offsets.
func getOffsets(c *call) int {
	if !c.has("bootstrap-server") {
		return c.misused("Missing required option(s) [bootstrap-server]")
	}
	adm, ok := c.admin("listOffsets")
	if !ok {
		return exitUsage
	}
	defer adm.Close()
	err := c.printOffsets(adm)
	switch {
	case err == nil:
		return 0
	case c.stopped(err):
		return brokers.ExitInterrupted
	}
	return c.failed("Error occurred: %s", err)
}

func (c *call) printOffsets(adm *kadm.Client) error {
	found, err := adm.ListTopicsWithInternal(c.ctx)
	if err != nil {
		return errors.New(reason(err, ""))
	}
	pattern, err := regexp.Compile("^(?:" + c.last("topic") + ")$")
	if err != nil {
		return fmt.Errorf("`%s` is an invalid regex", c.last("topic"))
	}
	var names []string
	for _, name := range found.Names() {
		if (!c.has("topic") || pattern.MatchString(name)) && !(c.has("exclude-internal-topics") && internal(name)) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return errors.New("Could not match any topic-partitions with the specified filters") //nolint:staticcheck // the tool's own words
	}
	listed, err := c.listed(adm, names)
	if err != nil {
		return err
	}
	only := strings.Split(c.last("partitions"), ",")
	for _, topic := range names {
		for _, p := range found[topic].Partitions.Numbers() {
			if c.has("partitions") && !slices.Contains(only, strconv.Itoa(int(p))) {
				continue
			}
			if o, ok := listed.Lookup(topic, p); ok && o.Err == nil {
				fmt.Fprintf(c.io.Out, "%s:%d:%s\n", topic, p, offsetText(o.Offset))
			}
		}
	}
	return nil
}

// offsetText writes an offset; there is none after a time that has not come yet.
func offsetText(n int64) string {
	if n < 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// listed are the offsets that --time asks for.
func (c *call) listed(adm *kadm.Client, names []string) (kadm.ListedOffsets, error) {
	var listed kadm.ListedOffsets
	var err error
	switch when := c.last("time"); when {
	case "", "-1", "latest":
		listed, err = adm.ListEndOffsets(c.ctx, names...)
	case "-2", "earliest":
		listed, err = adm.ListStartOffsets(c.ctx, names...)
	case "-3", "max-timestamp":
		listed, err = adm.ListMaxTimestampOffsets(c.ctx, names...)
	default:
		ms, parsed := strconv.ParseInt(when, 10, 64)
		if parsed != nil || ms < 0 {
			return nil, fmt.Errorf("Malformed time argument %s. Please use -1 or latest / -2 or earliest / -3 or max-timestamp, or a specified long format timestamp", when) //nolint:staticcheck // the tool's own words
		}
		listed, err = adm.ListOffsetsAfterMilli(c.ctx, ms, names...)
	}
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	return listed, nil
}
