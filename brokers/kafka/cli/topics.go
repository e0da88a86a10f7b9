package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/brokerlab/brokerlab/brokers"
)

var topicsCommand = command{
	name:  "kafka-topics",
	about: "This tool helps to create, delete, describe, or change a topic.",
	options: []option{
		{"alter", "", "Alter the number of partitions and replica assignment of a topic."},
		{"at-min-isr-partitions", "", "If set when describing topics, only show partitions whose isr count is equal to the configured minimum."},
		{"command-config", "String: command config property file", "Property file containing configs to be passed to Admin Client."},
		{"config", "String: name=value", "A topic configuration override for the topic being created."},
		{"create", "", "Create a new topic."},
		{"delete", "", "Delete a topic."},
		{"describe", "", "List details for the given topics."},
		{"exclude-internal", "", "Exclude internal topics when listing or describing topics. By default, the internal topics are included."},
		{"if-exists", "", "If set when altering or deleting or describing topics, the action will only execute if the topic exists."},
		{"if-not-exists", "", "If set when creating topics, the action will only execute if the topic does not already exist."},
		{"list", "", "List all available topics."},
		{"partitions", "Integer: # of partitions", "The number of partitions for the topic being created or altered. If not supplied with --create, the topic uses the cluster default."},
		{"replica-assignment", "String: broker_id_for_part1_replica1:broker_id_for_part1_replica2, ...", "A list of manual partition-to-broker assignments for the topic being created."},
		{"replication-factor", "Integer: replication factor", "The replication factor for each partition in the topic being created. If not supplied, the topic uses the cluster default."},
		{"topic", "String: topic", "The topic to create, alter, describe or delete. It also accepts a regular expression, except for --create option."},
		{"topics-with-overrides", "", "If set when describing topics, only show topics that have overridden configs."},
		{"unavailable-partitions", "", "If set when describing topics, only show partitions whose leader is not available."},
		{"under-min-isr-partitions", "", "If set when describing topics, only show partitions whose isr count is less than the configured minimum."},
		{"under-replicated-partitions", "", "If set when describing topics, only show under-replicated partitions."},
	},
}

// topics is kafka-topics.
func topics(c *call) int {
	actions := 0
	for _, name := range []string{"create", "list", "alter", "describe", "delete"} {
		if c.has(name) {
			actions++
		}
	}
	switch {
	case actions != 1:
		return c.misused("Command must include exactly one action: --list, --describe, --create, --alter or --delete")
	case !c.has("bootstrap-server"):
		return c.misused("Missing required argument \"[bootstrap-server]\"")
	case c.first("create", "alter", "delete") != "" && !c.has("topic"):
		return c.misused("Missing required argument \"[topic]\"")
	}
	for flag, with := range map[string]string{"if-not-exists": "create", "config": "create", "replication-factor": "create", "under-replicated-partitions": "describe", "unavailable-partitions": "describe"} {
		if c.has(flag) && !c.has(with) {
			return c.misused("Option \"[%s]\" can't be used with option \"[%s]\"", flag, c.first("create", "list", "alter", "describe", "delete"))
		}
	}
	adm, ok := c.admin("listTopics")
	if !ok {
		return exitUsage
	}
	defer adm.Close()
	var err error
	switch {
	case c.has("create"):
		err = c.createTopic(adm)
	case c.has("list"):
		err = c.listTopics(adm)
	case c.has("describe"):
		err = c.describeTopics(adm)
	case c.has("alter"):
		err = c.alterTopics(adm)
	default:
		err = c.deleteTopics(adm)
	}
	switch {
	case err == nil:
		return 0
	case c.stopped(err):
		return brokers.ExitInterrupted
	}
	fmt.Fprintf(c.io.Out, "%s%s\n", c.before(), err)
	c.log("ERROR", "%s (org.apache.kafka.tools.TopicCommand)", err)
	return exitUsage
}

// number is the value of a flag, or otherwise if it is not there.
func (c *call) number(flag string, otherwise int) (int, error) {
	if !c.has(flag) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(c.last(flag))
	if err != nil {
		return 0, fmt.Errorf("Cannot parse argument '%s' of option %s", c.last(flag), flag) //nolint:staticcheck // the tool's own words
	}
	return n, nil
}

// positive is the same of a number that counts something.
func (c *call) positive(flag, what string, otherwise int) (int, error) {
	n, err := c.number(flag, otherwise)
	if err == nil && c.has(flag) && n < 1 {
		err = fmt.Errorf("The %s must be greater than 0", what) //nolint:staticcheck // the tool's own words
	}
	return n, err
}

func (c *call) createTopic(adm *kadm.Client) error {
	topic := c.last("topic")
	if strings.ContainsAny(topic, "._") {
		fmt.Fprintln(c.io.Out, "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.")
	}
	partitions, err := c.positive("partitions", "partitions", -1)
	if err != nil {
		return err
	}
	replicas, err := c.number("replication-factor", -1)
	if err == nil && c.has("replication-factor") && (replicas < 1 || replicas > 32767) {
		err = errors.New("The replication factor must be between 1 and 32767 inclusive") //nolint:staticcheck // the tool's own words
	}
	if err != nil {
		return err
	}
	set := make(map[string]*string)
	for _, text := range c.given["config"] {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".") //nolint:staticcheck // the tool's own words
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		set[key] = &value
	}
	resp, err := adm.CreateTopic(c.ctx, int32(partitions), int16(replicas), set, topic)
	switch {
	case errors.Is(err, kerr.TopicAlreadyExists) && c.has("if-not-exists"):
		return nil
	case errors.Is(err, kerr.TopicAlreadyExists):
		return fmt.Errorf("Topic '%s' already exists.", topic) //nolint:staticcheck // the broker's own words
	case err != nil:
		return errors.New(reason(err, resp.ErrMessage))
	}
	fmt.Fprintf(c.io.Out, "Created topic %s.\n", topic)
	return nil
}

// internal reports whether a topic is Kafka's own.
func internal(topic string) bool {
	return topic == "__consumer_offsets" || topic == "__transaction_state" || topic == "__share_group_state"
}

// matching are the topics that --topic means, all of them without it. A name that none
// has is an error, unless it is wanted only if it is there.
func (c *call) matching(adm *kadm.Client) (kadm.TopicDetails, error) {
	found, err := adm.ListTopicsWithInternal(c.ctx)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	want := c.last("topic")
	fits := func(string) bool { return true }
	if want != "" {
		pattern, err := regexp.Compile("^(?:" + strings.ReplaceAll(want, ",", "|") + ")$")
		if err != nil {
			return nil, fmt.Errorf("`%s` is an invalid regex", want)
		}
		fits = pattern.MatchString
	}
	out := make(kadm.TopicDetails)
	for name, t := range found {
		if fits(name) && !(c.has("exclude-internal") && internal(name)) {
			out[name] = t
		}
	}
	if len(out) == 0 && want != "" && !c.has("if-exists") && !c.has("list") {
		return nil, fmt.Errorf("Topic '%s' does not exist as expected", want) //nolint:staticcheck // the tool's own words
	}
	return out, nil
}

func (c *call) listTopics(adm *kadm.Client) error {
	found, err := c.matching(adm)
	for _, name := range found.Names() {
		fmt.Fprintln(c.io.Out, name)
	}
	return err
}

func (c *call) deleteTopics(adm *kadm.Client) error {
	found, err := c.matching(adm)
	if err != nil {
		return err
	}
	for _, name := range found.Names() {
		resp, err := adm.DeleteTopic(c.ctx, name)
		if err != nil {
			return errors.New(reason(err, resp.ErrMessage))
		}
	}
	return nil
}

func (c *call) alterTopics(adm *kadm.Client) error {
	n, err := c.positive("partitions", "partitions", 0)
	if err != nil {
		return err
	}
	found, err := c.matching(adm)
	if err != nil || n == 0 {
		return err
	}
	for _, name := range found.Names() {
		all, err := adm.UpdatePartitions(c.ctx, n, name)
		if err != nil {
			return errors.New(reason(err, ""))
		}
		if resp := all[name]; resp.Err != nil {
			return errors.New(reason(resp.Err, resp.ErrMessage))
		}
	}
	return nil
}

func (c *call) describeTopics(adm *kadm.Client) error {
	found, err := c.matching(adm)
	if err != nil || len(found) == 0 {
		return err
	}
	set, err := overrides(c.ctx, adm, found.Names())
	if err != nil {
		return err
	}
	partly := c.first("at-min-isr-partitions", "under-replicated-partitions", "unavailable-partitions", "under-min-isr-partitions")
	for _, t := range found.Sorted() {
		if c.has("topics-with-overrides") && len(set[t.Topic]) == 0 {
			continue
		}
		partitions := t.Partitions.Sorted()
		if partly == "" {
			id := t.ID
			replicas := 0
			if len(partitions) > 0 {
				replicas = len(partitions[0].Replicas)
			}
			fmt.Fprintf(c.io.Out, "Topic: %s\tTopicId: %s\tPartitionCount: %d\tReplicationFactor: %d\tConfigs: %s\n",
				t.Topic, base64.RawURLEncoding.EncodeToString(id[:]), len(partitions), replicas, strings.Join(set[t.Topic], ","))
		}
		if c.has("topics-with-overrides") {
			continue
		}
		for _, p := range partitions {
			if partly == "" || lacking(partly, p, set[t.Topic]) {
				fmt.Fprintln(c.io.Out, partitionLine(p))
			}
		}
	}
	return nil
}

// partitionLine is a partition as --describe shows it.
func partitionLine(p kadm.PartitionDetail) string {
	leader := "none"
	if p.Leader >= 0 {
		leader = strconv.Itoa(int(p.Leader))
	}
	return fmt.Sprintf("\tTopic: %s\tPartition: %d\tLeader: %s\tReplicas: %s\tIsr: %s\tElr: \tLastKnownElr: ",
		p.Topic, p.Partition, leader, ids(p.Replicas), ids(p.ISR))
}

// lacking reports whether a partition lacks what a flag asks for.
func lacking(flag string, p kadm.PartitionDetail, configs []string) bool {
	switch flag {
	case "under-replicated-partitions":
		return len(p.ISR) < len(p.Replicas)
	case "unavailable-partitions":
		return p.Leader < 0
	}
	least := 1
	for _, text := range configs {
		if value, ok := strings.CutPrefix(text, "min.insync.replicas="); ok {
			least, _ = strconv.Atoi(value)
		}
	}
	if flag == "at-min-isr-partitions" {
		return len(p.ISR) == least
	}
	return len(p.ISR) < least
}

// overrides are the configs that a topic has of its own, as name=value.
func overrides(ctx context.Context, adm *kadm.Client, names []string) (map[string][]string, error) {
	all, err := adm.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return nil, errors.New(reason(err, ""))
	}
	out := make(map[string][]string)
	for _, r := range all {
		for _, cfg := range r.Configs {
			if cfg.Source.String() == "DYNAMIC_TOPIC_CONFIG" {
				out[r.Name] = append(out[r.Name], cfg.Key+"="+cfg.MaybeValue())
			}
		}
		slices.Sort(out[r.Name])
	}
	return out, nil
}

// ids writes node ids as "1,2,3".
func ids(nodes []int32) string {
	texts := make([]string, len(nodes))
	for i, n := range nodes {
		texts[i] = strconv.Itoa(int(n))
	}
	return strings.Join(texts, ",")
}
