package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/brokerlab/brokerlab/brokers"
)

var configsCommand = command{
	name:  "kafka-configs",
	about: "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group.",
	options: []option{
		{"add-config", "String", "Key Value pairs of configs to add. Square brackets can be used to group values which contain commas: 'k1=v1,k2=[v1,v2,v2],k3=v3'."},
		{"add-config-file", "String", "Path to a properties file with configs to add."},
		{"all", "", "List all configs for the given entity, including static configs if available."},
		{"alter", "", "Alter the configuration for the entity."},
		{"broker", "String", "The broker's ID."},
		{"broker-defaults", "", "The config defaults for all brokers."},
		{"command-config", "String: command config property file", "Property file containing configs to be passed to Admin Client."},
		{"delete-config", "String", "Config keys to remove 'k1,k2'."},
		{"describe", "", "List configs for the given entity."},
		{"entity-default", "", "Default entity name for clients/users/ips/brokers (applies to corresponding entity type)."},
		{"entity-name", "String", "Name of entity (topic name/broker id)."},
		{"entity-type", "String", "Type of entity (topics/brokers)."},
		{"topic", "String", "The topic's name."},
	},
}

// configs is kafka-configs.
func configs(c *call) int {
	kind, names := c.last("entity-type"), c.given["entity-name"]
	if c.has("topic") {
		kind, names = "topics", c.given["topic"]
	}
	if c.has("broker") {
		kind, names = "brokers", c.given["broker"]
	}
	if c.has("broker-defaults") {
		kind, names = "brokers", nil
	}
	byDefault := c.has("broker-defaults") || c.has("entity-default")
	switch {
	case c.has("alter") == c.has("describe"):
		return c.misused("Command must include exactly one action: --describe, --alter")
	case !c.has("bootstrap-server"):
		return c.misused("One of the required --bootstrap-server or --bootstrap-controller arguments must be specified")
	case kind == "":
		return c.misused("At least one entity type must be specified")
	case kind != "topics" && kind != "brokers":
		return c.misused("Invalid entity type %s, the entity type must be one of topics, brokers", kind)
	case byDefault && (kind != "brokers" || len(names) > 0):
		return c.misused("--entity-default must not be specified with --entity-type topics or with --entity-name")
	case byDefault && c.has("describe"):
		fmt.Fprintln(c.io.Out, "Default configs for brokers in the cluster are:")
		return 0
	case byDefault:
		return c.failed("Default configs of brokers cannot be changed in this cluster")
	case c.has("alter") && len(names) == 0:
		return c.misused("an entity name must be specified with --alter of %s", kind)
	case c.has("alter") && !c.has("add-config") && !c.has("delete-config"):
		return c.misused("At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter")
	}
	adm, ok := c.admin("describeConfigs")
	if !ok {
		return exitUsage
	}
	defer adm.Close()
	var err error
	if c.has("alter") {
		err = c.alterConfigs(adm, kind, names)
	} else {
		err = c.describeConfigs(adm, kind, names)
	}
	switch {
	case err == nil:
		return 0
	case c.stopped(err):
		return brokers.ExitInterrupted
	}
	return c.failed("Error while executing config command with args '%s'\n%s", c.words(), err)
}

// words are the flags of the call, as the tool repeats them.
func (c *call) words() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.given)) {
		for _, value := range c.given[name] {
			out = append(out, "--"+name)
			if o, _ := c.cmd.find(name); o.value != "" {
				out = append(out, value)
			}
		}
	}
	return strings.Join(out, " ")
}

// nodes reads the names of brokers; "" is all of them.
func nodes(names []string) ([]int32, error) {
	var out []int32
	for _, name := range names {
		n, err := strconv.ParseInt(name, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("The entity name for brokers must be a valid integer broker id, found: %s", name) //nolint:staticcheck // the tool's own words
		}
		out = append(out, int32(n))
	}
	return out, nil
}

func (c *call) alterConfigs(adm *kadm.Client, kind string, names []string) error {
	add, err := c.pairs("add-config")
	if err != nil {
		return err
	}
	var changes []kadm.AlterConfig
	for _, key := range slices.Sorted(maps.Keys(add)) {
		value := add[key]
		changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: &value})
	}
	for _, text := range c.given["delete-config"] {
		for _, key := range strings.Split(text, ",") {
			changes = append(changes, kadm.AlterConfig{Op: kadm.DeleteConfig, Name: strings.TrimSpace(key)})
		}
	}
	var done kadm.AlterConfigsResponses
	if kind == "topics" {
		done, err = adm.AlterTopicConfigs(c.ctx, changes, names...)
	} else {
		var of []int32
		if of, err = nodes(names); err == nil {
			done, err = adm.AlterBrokerConfigs(c.ctx, changes, of...)
		}
	}
	if err != nil {
		return errors.New(reason(err, ""))
	}
	for _, name := range names {
		resp, _ := done.On(name, nil) // one that is missing was answered with an error before
		if resp.Err != nil {
			return fmt.Errorf("%s: %s", exception(resp.Err), reason(resp.Err, resp.ErrMessage))
		}
		fmt.Fprintf(c.io.Out, "Completed updating config for %s %s.\n", strings.TrimSuffix(kind, "s"), name)
	}
	return nil
}

func (c *call) describeConfigs(adm *kadm.Client, kind string, names []string) error {
	var all kadm.ResourceConfigs
	var err error
	if kind == "topics" {
		if len(names) == 0 {
			found, err := adm.ListTopics(c.ctx)
			if err != nil {
				return errors.New(reason(err, ""))
			}
			names = found.Names()
		}
		all, err = adm.DescribeTopicConfigs(c.ctx, names...)
	} else {
		var of []int32
		if of, err = nodes(names); err == nil {
			all, err = adm.DescribeBrokerConfigs(c.ctx, of...)
		}
	}
	if err != nil {
		return errors.New(reason(err, ""))
	}
	single := strings.TrimSuffix(kind, "s")
	for _, r := range all {
		if r.Err != nil {
			return fmt.Errorf("%s: %s", exception(r.Err), reason(r.Err, r.ErrMessage))
		}
		if c.has("all") {
			fmt.Fprintf(c.io.Out, "All configs for %s %s are:\n", single, r.Name)
		} else {
			fmt.Fprintf(c.io.Out, "Dynamic configs for %s %s are:\n", single, r.Name)
		}
		slices.SortFunc(r.Configs, func(a, b kadm.Config) int { return strings.Compare(a.Key, b.Key) })
		for _, cfg := range r.Configs {
			if c.has("all") || strings.HasPrefix(cfg.Source.String(), "DYNAMIC") {
				fmt.Fprintln(c.io.Out, configLine(cfg))
			}
		}
	}
	return nil
}

// configLine is a setting as --describe shows it.
func configLine(cfg kadm.Config) string {
	synonyms := make([]string, len(cfg.Synonyms))
	for i, s := range cfg.Synonyms {
		value := "null"
		if s.Value != nil {
			value = *s.Value
		}
		synonyms[i] = fmt.Sprintf("%s:%s=%s", s.Source, s.Key, value)
	}
	value := "null"
	if cfg.Value != nil {
		value = *cfg.Value
	}
	return fmt.Sprintf("  %s=%s sensitive=%t synonyms={%s}", cfg.Key, value, cfg.Sensitive, strings.Join(synonyms, ", "))
}
