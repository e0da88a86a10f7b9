package kafka

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// source says where a setting comes from.
func source(s model.Setting) kmsg.ConfigSource {
	if s.Set {
		return kmsg.ConfigSourceDynamicTopicConfig
	}
	return kmsg.ConfigSourceDefaultConfig
}

// handleDescribeConfigs tells the settings of topics and nodes.
func (k *call) handleDescribeConfigs() error {
	req, resp := k.request.(*kmsg.DescribeConfigsRequest), k.response().(*kmsg.DescribeConfigsResponse)
	for _, r := range req.Resources {
		one := kmsg.NewDescribeConfigsResponseResource()
		one.ResourceType, one.ResourceName = r.ResourceType, r.ResourceName
		settings, err := k.settingsOf(r)
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		for _, s := range settings {
			if r.ConfigNames != nil && !slices.Contains(r.ConfigNames, s.Name) {
				continue
			}
			c := kmsg.NewDescribeConfigsResponseResourceConfig()
			c.Name, c.Value, c.IsDefault, c.Source, c.ConfigType = s.Name, &s.Value, !s.Set, source(s), kmsg.ConfigType(s.Kind)
			c.ReadOnly = r.ResourceType == kmsg.ConfigResourceTypeBroker
			if req.IncludeSynonyms && s.Set {
				c.ConfigSynonyms = append(c.ConfigSynonyms, kmsg.DescribeConfigsResponseResourceConfigConfigSynonym{Name: s.Name, Value: &s.Value, Source: c.Source})
			}
			one.Configs = append(one.Configs, c)
		}
		resp.Resources = append(resp.Resources, one)
	}
	k.reply(resp)
	return nil
}

func (k *call) settingsOf(r kmsg.DescribeConfigsRequestResource) ([]model.Setting, error) {
	switch r.ResourceType {
	case kmsg.ConfigResourceTypeTopic:
		if t := k.b.cluster.Topic(r.ResourceName); t != nil {
			return t.Settings(), nil
		}
		return nil, model.UnknownTopicOrPartition
	case kmsg.ConfigResourceTypeBroker:
		id, err := strconv.ParseInt(r.ResourceName, 10, 32)
		if r.ResourceName != "" && (err != nil || k.b.cluster.Node(int32(id)) == nil) {
			return nil, model.Errorf(model.InvalidRequest, "There is no broker %q.", r.ResourceName)
		}
		return k.b.cluster.NodeSettings(!k.b.cfg.NoAutoCreate), nil
	}
	return nil, model.Errorf(model.InvalidRequest, "Settings of resource type %d are not here.", r.ResourceType)
}

// handleIncrementalAlterConfigs changes some settings of topics.
func (k *call) handleIncrementalAlterConfigs() error {
	req, resp := k.request.(*kmsg.IncrementalAlterConfigsRequest), k.response().(*kmsg.IncrementalAlterConfigsResponse)
	for _, r := range req.Resources {
		one := kmsg.NewIncrementalAlterConfigsResponseResource()
		one.ResourceType, one.ResourceName = r.ResourceType, r.ResourceName
		err := k.b.room()
		var t *model.Topic
		if err == nil {
			t, err = k.topicToAlter(r.ResourceType, r.ResourceName)
		}
		if err == nil {
			config := t.Config()
			for _, c := range r.Configs {
				err = firstError(err, alter(config, c))
			}
			if err == nil {
				err = k.b.cluster.Alter(t.Name, config, req.ValidateOnly)
			}
		}
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		resp.Resources = append(resp.Resources, one)
	}
	k.reply(resp)
	return nil
}

func (k *call) topicToAlter(kind kmsg.ConfigResourceType, name string) (*model.Topic, error) {
	if kind != kmsg.ConfigResourceTypeTopic {
		return nil, model.Errorf(model.InvalidRequest, "Only settings of topics can be changed here.")
	}
	if t := k.b.cluster.Topic(name); t != nil {
		return t, nil
	}
	return nil, model.UnknownTopicOrPartition
}

// alter makes one change: 0 sets, 1 goes back to the default, 2 adds to a list and 3
// takes out of it.
func alter(config map[string]string, c kmsg.IncrementalAlterConfigsRequestResourceConfig) error {
	switch c.Op {
	case kmsg.IncrementalAlterConfigOpSet:
		config[c.Name] = or(c.Value)
		return nil
	case kmsg.IncrementalAlterConfigOpDelete:
		delete(config, c.Name)
		return nil
	}
	if !model.IsList(c.Name) {
		return model.Errorf(model.InvalidConfig, "Config value append is not allowed for config key: %s", c.Name)
	}
	now, ok := config[c.Name]
	if !ok {
		now = model.DefaultSetting(c.Name)
	}
	list := strings.Split(now, ",")
	for value := range strings.SplitSeq(or(c.Value), ",") {
		list = slices.DeleteFunc(list, func(s string) bool { return s == value || s == "" })
		if c.Op == kmsg.IncrementalAlterConfigOpAppend {
			list = append(list, value)
		}
	}
	config[c.Name] = strings.Join(list, ",")
	return nil
}

// handleAlterConfigs sets all settings of topics: what is not named goes back to its
// default.
func (k *call) handleAlterConfigs() error {
	req, resp := k.request.(*kmsg.AlterConfigsRequest), k.response().(*kmsg.AlterConfigsResponse)
	for _, r := range req.Resources {
		one := kmsg.NewAlterConfigsResponseResource()
		one.ResourceType, one.ResourceName = r.ResourceType, r.ResourceName
		t, err := k.topicToAlter(r.ResourceType, r.ResourceName)
		if err = firstError(err, k.b.room()); err == nil {
			config := make(map[string]string)
			for _, c := range r.Configs {
				config[c.Name] = or(c.Value)
			}
			err = k.b.cluster.Alter(t.Name, maps.Clone(config), req.ValidateOnly)
		}
		one.ErrorCode, one.ErrorMessage = k.code(err), text(err)
		resp.Resources = append(resp.Resources, one)
	}
	k.reply(resp)
	return nil
}
