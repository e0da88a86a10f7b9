package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// settings are a topic's settings that the model obeys.
type settings struct {
	compact, delete bool
	retention       time.Duration // negative: without end
	retentionBytes  int64         // of one partition; negative: without end
	maxMessage      int
	minISR          int
	unclean         bool
	appendTime      bool
	tombstones      time.Duration // how long a tombstone stays after it was compacted
	dirtyRatio      float64
	compactionLag   time.Duration
}

// A setting is one that topics have. check is nil for those that are remembered and
// change nothing here.
type setting struct {
	byDefault string
	kind      SettingKind
	obey      func(s *settings, value string) bool
}

// A SettingKind is the type of a setting's value, by its number in DescribeConfigs.
type SettingKind int8

// The kinds of settings.
const (
	BoolSetting   SettingKind = 1
	TextSetting   SettingKind = 2
	IntSetting    SettingKind = 3
	LongSetting   SettingKind = 5
	DoubleSetting SettingKind = 6
	ListSetting   SettingKind = 7
)

// topicSettings are all settings that a topic has, with the defaults of Kafka 4.
var topicSettings = map[string]setting{
	"cleanup.policy":                 {"delete", ListSetting, obeyPolicy},
	"compression.type":               {"producer", TextSetting, oneOf(nil, "producer", "uncompressed", "gzip", "snappy", "lz4", "zstd")},
	"delete.retention.ms":            {"86400000", LongSetting, millisInto(func(s *settings) *time.Duration { return &s.tombstones }, 0)},
	"file.delete.delay.ms":           {"60000", LongSetting, nil},
	"flush.messages":                 {"9223372036854775807", LongSetting, nil},
	"flush.ms":                       {"9223372036854775807", LongSetting, nil},
	"index.interval.bytes":           {"4096", IntSetting, nil},
	"max.compaction.lag.ms":          {"9223372036854775807", LongSetting, nil},
	"max.message.bytes":              {"1048588", IntSetting, intInto(func(s *settings) *int { return &s.maxMessage }, 0)},
	"message.timestamp.after.max.ms": {"3600000", LongSetting, nil},
	"message.timestamp.before.max.ms": {
		"9223372036854775807", LongSetting, nil,
	},
	"message.timestamp.type":    {"CreateTime", TextSetting, oneOf(func(s *settings, v string) { s.appendTime = v == "LogAppendTime" }, "CreateTime", "LogAppendTime")},
	"min.cleanable.dirty.ratio": {"0.5", DoubleSetting, obeyRatio},
	"min.compaction.lag.ms":     {"0", LongSetting, millisInto(func(s *settings) *time.Duration { return &s.compactionLag }, 0)},
	"min.insync.replicas":       {"1", IntSetting, intInto(func(s *settings) *int { return &s.minISR }, 1)},
	"preallocate":               {"false", BoolSetting, nil},
	"retention.bytes":           {"-1", LongSetting, obeyRetentionBytes},
	"retention.ms":              {"604800000", LongSetting, millisInto(func(s *settings) *time.Duration { return &s.retention }, -1)},
	"segment.bytes":             {"1073741824", IntSetting, nil},
	"segment.index.bytes":       {"10485760", IntSetting, nil},
	"segment.jitter.ms":         {"0", LongSetting, nil},
	"segment.ms":                {"604800000", LongSetting, nil},
	"unclean.leader.election.enable": {
		"false", BoolSetting, oneOf(func(s *settings, v string) { s.unclean = v == "true" }, "true", "false"),
	},
}

func obeyPolicy(s *settings, value string) bool {
	s.compact, s.delete = false, false
	for part := range strings.SplitSeq(value, ",") {
		switch strings.TrimSpace(part) {
		case "compact":
			s.compact = true
		case "delete":
			s.delete = true
		case "":
		default:
			return false
		}
	}
	return true
}

func obeyRatio(s *settings, value string) bool {
	var err error
	s.dirtyRatio, err = strconv.ParseFloat(value, 64)
	return err == nil && s.dirtyRatio >= 0 && s.dirtyRatio <= 1
}

func obeyRetentionBytes(s *settings, value string) bool {
	var err error
	s.retentionBytes, err = strconv.ParseInt(value, 10, 64)
	return err == nil
}

// oneOf allows these words, and hands the one that is set to then.
func oneOf(then func(*settings, string), words ...string) func(*settings, string) bool {
	return func(s *settings, value string) bool {
		if then != nil {
			then(s, value)
		}
		return slices.Contains(words, value)
	}
}

func intInto(field func(*settings) *int, least int) func(*settings, string) bool {
	return func(s *settings, value string) bool {
		n, err := strconv.ParseInt(value, 10, 32)
		*field(s) = int(n)
		return err == nil && int(n) >= least
	}
}

func millisInto(field func(*settings) *time.Duration, least int64) func(*settings, string) bool {
	return func(s *settings, value string) bool {
		n, err := strconv.ParseInt(value, 10, 64)
		*field(s) = durationOf(n)
		return err == nil && n >= least
	}
}

// durationOf turns milliseconds into a Duration, the longest there is when they are too
// many for it.
func durationOf(ms int64) time.Duration {
	return time.Duration(min(ms, int64(1<<63-1)/int64(time.Millisecond))) * time.Millisecond
}

// maxSetting bounds the value of a setting, in bytes.
const maxSetting = 1 << 10

// parseConfig reads the settings of a topic. Error: InvalidConfig.
func parseConfig(config map[string]string) (settings, error) {
	var s settings
	for _, name := range slices.Sorted(maps.Keys(topicSettings)) {
		known := topicSettings[name]
		value, ok := config[name]
		if !ok {
			value = known.byDefault
		}
		if len(value) > maxSetting || known.obey != nil && !known.obey(&s, value) || !validKind(known.kind, value) {
			return s, Errorf(InvalidConfig, "Invalid value %s for configuration %s", value[:min(len(value), maxSetting)], name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(config)) {
		if _, ok := topicSettings[name]; !ok {
			return s, Errorf(InvalidConfig, "Unknown topic config name: %s", name)
		}
	}
	return s, nil
}

// validKind reports whether a value has the form of its kind.
func validKind(kind SettingKind, value string) bool {
	var err error
	switch kind {
	case BoolSetting:
		return value == "true" || value == "false"
	case IntSetting:
		_, err = strconv.ParseInt(value, 10, 32)
	case LongSetting:
		_, err = strconv.ParseInt(value, 10, 64)
	}
	return err == nil
}

// A Setting is one setting of a topic, as it is described.
type Setting struct {
	Name, Value, Default string
	Kind                 SettingKind
	Set                  bool // not as by default
}

// Settings lists a topic's settings by name.
func (t *Topic) Settings() []Setting {
	var out []Setting
	for _, name := range slices.Sorted(maps.Keys(topicSettings)) {
		s := Setting{Name: name, Default: topicSettings[name].byDefault, Kind: topicSettings[name].kind}
		s.Value, s.Set = t.config[name]
		if !s.Set {
			s.Value = s.Default
		}
		out = append(out, s)
	}
	return out
}

// Alter sets a topic's settings to config, which lists all that are not as by default.
// Errors: UnknownTopicOrPartition, InvalidConfig.
func (c *Cluster) Alter(name string, config map[string]string, validate bool) error {
	t := c.topics[name]
	if t == nil {
		return UnknownTopicOrPartition
	}
	set, err := parseConfig(config)
	if err != nil || validate {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(topicSettings)) {
		if was, is := t.config[key], config[key]; was != is {
			c.record(brokers.Event{Kind: brokers.Configured, Place: name, Key: key, Reason: is})
		}
	}
	t.config, t.set = maps.Clone(config), set
	for _, p := range t.Partitions {
		if p.Leader == 0 {
			p.elect("unclean.leader.election.enable")
		}
		p.retain()
	}
	return nil
}

// Config returns what is set in a topic, as a copy.
func (t *Topic) Config() map[string]string { return maps.Clone(t.config) }

// IsList reports whether a setting is a list, to which values may be added.
func IsList(name string) bool { return topicSettings[name].kind == ListSetting }

// DefaultSetting returns a setting's value when it is not set.
func DefaultSetting(name string) string { return topicSettings[name].byDefault }
