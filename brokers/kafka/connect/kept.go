package connect

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// The topics in which a worker keeps what must outlive it. They are compacted: the last
// record of a key counts, and one without a value says that there is nothing any more.
const (
	// ConfigTopic is config.storage.topic. Its keys are connector-NAME, task-NAME-ID,
	// commit-NAME (how many tasks there are) and target-state-NAME.
	ConfigTopic = "connect-configs"
	// StatusTopic is status.storage.topic. Its keys are status-connector-NAME and
	// status-task-NAME-ID.
	StatusTopic = "connect-status"
)

// A properties is the record of a configuration.
type properties struct {
	Properties map[string]string `json:"properties"`
}

// A target is the record of the state that was asked for. A worker before 3.5 knows
// nothing of STOPPED and reads PAUSED.
type target struct {
	State string `json:"state"`
	V2    string `json:"state.v2"`
}

// started is what a target calls running.
const started = "STARTED"

// A statusRecord is the record of how a connector or a task is.
type statusRecord struct {
	State      string  `json:"state"`
	Trace      *string `json:"trace"`
	Worker     string  `json:"worker_id"`
	Generation int     `json:"generation"`
}

// keep writes a record to one of the worker's topics; a nil value says that there is
// nothing any more. It is nobody's record in the journal: a fault that follows what
// clients do does not fall between a worker and its own notes.
func (w *Worker) keep(topic, key string, value any) error {
	if err := w.ownTopic(topic); err != nil {
		return err
	}
	var raw []byte
	if value != nil {
		var err error
		if raw, err = json.Marshal(value); err != nil {
			return err
		}
	}
	var failed error
	w.append("", topic, []byte(key), raw, nil, func(err error) { failed = err })
	return failed
}

// ownTopic makes one of the worker's topics, if it is not there, with a copy on every node:
// Connect's own replication factor is 3.
func (w *Worker) ownTopic(name string) error {
	_, err := w.topic(model.NewTopic{Name: name, Partitions: 1, Replication: int16(len(w.cfg.Cluster.Nodes)), Config: map[string]string{"cleanup.policy": "compact"}})
	return err
}

// keepConfig writes a connector's configuration, before anything comes of it.
func (w *Worker) keepConfig(name string, config map[string]string) error {
	if err := w.keep(ConfigTopic, "connector-"+name, properties{config}); err != nil {
		return fmt.Errorf("writing connector configuration to Kafka: %w", err)
	}
	return nil
}

// keepTasks writes into which tasks a connector's work is divided.
func (c *connector) keepTasks() {
	if c.state == stopped {
		return
	}
	for _, t := range c.tasks {
		_ = c.w.keep(ConfigTopic, "task-"+t.name(), properties{t.config()})
	}
	_ = c.w.keep(ConfigTopic, "commit-"+c.name, map[string]int{"tasks": len(c.tasks)})
}

// keepState writes which state was asked for.
func (c *connector) keepState() {
	at := target{c.state, c.state}
	switch c.state {
	case running:
		at = target{started, started}
	case stopped:
		at.State = paused
	}
	_ = c.w.keep(ConfigTopic, "target-state-"+c.name, at)
}

// keepGone says that a connector is no more.
func (c *connector) keepGone() {
	for _, key := range []string{"connector-" + c.name, "target-state-" + c.name} {
		_ = c.w.keep(ConfigTopic, key, nil)
	}
	for _, key := range slices.Sorted(maps.Keys(c.said)) {
		_ = c.w.keep(StatusTopic, key, nil)
	}
}

// tell writes how the connector and its tasks are, where that is new.
func (c *connector) tell() {
	say := func(key, state, trace string) {
		now := statusRecord{State: state, Worker: workerID, Generation: c.w.life}
		if trace != "" {
			now.Trace = &trace
		}
		if c.said[key] == state {
			return
		}
		if c.w.keep(StatusTopic, key, now) == nil {
			c.said[key] = state
		}
	}
	say("status-connector-"+c.name, c.state, "")
	for _, t := range c.tasks {
		if t.state != unassigned { // it is being started
			say("status-task-"+t.name(), t.state, t.trace)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.said)) {
		if id, ok := strings.CutPrefix(key, "status-task-"+c.name+"-"); ok && !slices.ContainsFunc(c.tasks, func(t *task) bool { return fmt.Sprint(t.id) == id }) {
			_ = c.w.keep(StatusTopic, key, nil)
			delete(c.said, key)
		}
	}
}

// load makes the connectors that an earlier life of the worker has left in the topic.
// What somebody else has written there and no worker would have is passed over.
func (w *Worker) load() {
	t := w.cfg.Cluster.Topic(ConfigTopic)
	if t == nil {
		return
	}
	if slices.ContainsFunc(t.Partitions, func(p *model.Partition) bool { return p.Leader == 0 }) {
		w.after(retryBackoff, w.load)
		return
	}
	kept := make(map[string][]byte)
	for _, p := range t.Partitions {
		w.readAll(ConfigTopic, p, func(r wire.Record) { kept[string(r.Key)] = r.Value })
	}
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		name, ok := strings.CutPrefix(key, "connector-")
		if !ok || len(w.connectors) >= maxConnectors {
			continue
		}
		if c := w.restored(name, kept[key], kept["target-state-"+name]); c != nil {
			w.connectors[name] = c
			c.begin()
		}
	}
}

// restored is the connector that its records describe; nil if they describe none.
func (w *Worker) restored(name string, config, state []byte) *connector {
	var in properties
	if json.Unmarshal(config, &in) != nil || in.Properties == nil || len(in.Properties) > maxConfig {
		return nil
	}
	p, ok := pluginOf(in.Properties["connector.class"])
	if !ok || len(errorsOf(p.Validate(in.Properties))) > 0 {
		return nil
	}
	c := newConnector(w, name, p, in.Properties)
	var asked target
	if json.Unmarshal(state, &asked) == nil && (asked.V2 == paused || asked.V2 == stopped) {
		c.state = asked.V2
	}
	return c
}
