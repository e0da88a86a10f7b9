package connect

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// requestTimeout is how long the worker's producers wait for an answer.
const requestTimeout = 30 * time.Second

// States of connectors and tasks, in Connect's words.
const (
	running    = "RUNNING"
	paused     = "PAUSED"
	stopped    = "STOPPED"
	failed     = "FAILED"
	unassigned = "UNASSIGNED"
)

// A connector is a description that the worker does.
type connector struct {
	w      *Worker
	name   string
	plugin Plugin
	config map[string]string
	state  string // running, paused or stopped: what was asked for
	tasks  []*task
	said   map[string]string // state by key, as it stands in the topic of states
}

// A task is a part of a connector's work.
type task struct {
	c     *connector
	id    int
	state string
	trace string // why it failed
	work  work   // nil unless it runs
	step  int    // counts starts: what an earlier start has begun is not gone on with
}

// work is what a task does. Its methods are called inside the sequencer.
type work interface {
	start() error
	// stop ends it in an orderly way: what was done is committed.
	stop()
	// quit ends it after a failure: nothing more is committed.
	quit()
	// forget ends it as a crash does.
	forget()
}

// inOrder are the connectors by name.
func (w *Worker) inOrder() []*connector {
	out := make([]*connector, 0, len(w.connectors))
	for _, name := range slices.Sorted(maps.Keys(w.connectors)) {
		out = append(out, w.connectors[name])
	}
	return out
}

func newConnector(w *Worker, name string, p Plugin, config map[string]string) *connector {
	return &connector{w: w, name: name, plugin: p, config: config, state: running, said: make(map[string]string)}
}

// add makes a connector of a configuration that has been validated and is kept, in the
// state that is asked for, and starts it.
func (w *Worker) add(name string, p Plugin, config map[string]string, state string) *connector {
	c := newConnector(w, name, p, config)
	w.connectors[name] = c
	w.record(brokers.Event{Kind: brokers.Declared, Place: name, Reason: p.Type, Detail: map[string]any{"class": p.Class, "type": p.Type}})
	if state != running {
		c.moveTo(state)
	}
	c.begin()
	c.keepTasks()
	return c
}

// change gives a connector another configuration, and starts its tasks anew.
func (c *connector) change(p Plugin, config map[string]string) {
	c.end()
	c.plugin, c.config = p, config
	c.w.record(brokers.Event{Kind: brokers.Configured, Place: c.name, Key: "config", Reason: p.Type})
	c.begin()
	c.keepTasks()
}

// remove stops a connector and forgets it. Its offsets stay.
func (c *connector) remove() {
	c.end()
	delete(c.w.connectors, c.name)
	c.keepGone()
	c.w.record(brokers.Event{Kind: brokers.Deleted, Place: c.name})
}

// ask moves a connector to a state.
func (c *connector) ask(state string) {
	if c.state == state {
		return
	}
	c.moveTo(state)
	c.end()
	c.begin()
}

func (c *connector) moveTo(state string) {
	c.state = state
	c.w.record(brokers.Event{Kind: brokers.Configured, Place: c.name, Key: "state", Reason: state})
	c.keepState()
}

// begin makes the tasks and starts them, in a step of their own.
func (c *connector) begin() {
	c.tasks = nil
	defer c.tell()
	if c.state == stopped {
		return
	}
	for id := range c.divided() {
		t := &task{c: c, id: id, state: c.state}
		c.tasks = append(c.tasks, t)
		if c.state == running {
			t.state = unassigned
			c.w.after(0, t.start)
		}
	}
}

// divided is into how many tasks the work is divided: a source has one for each table at
// most, a sink as many as tasks.max says.
func (c *connector) divided() int {
	n, _ := strconv.Atoi(strings.TrimSpace(c.plugin.get(c.config, "tasks.max")))
	n = min(max(n, 1), maxTasks)
	if c.plugin.Type == "source" {
		n = min(n, max(len(list(c.config["table.whitelist"])), 1))
	}
	return n
}

// end stops all tasks.
func (c *connector) end() {
	for _, t := range c.tasks {
		t.end()
	}
}

// forget drops all tasks, as a crash does.
func (c *connector) forget() {
	for _, t := range c.tasks {
		t.step++
		if t.work != nil {
			t.work.forget()
		}
		t.work, t.state = nil, unassigned
	}
}

func (t *task) end() {
	t.step++
	if t.work != nil {
		t.work.stop()
		t.work = nil
	}
}

// name is what status and journal call a task.
func (t *task) name() string { return fmt.Sprintf("%s-%d", t.c.name, t.id) }

// start starts a task that does not run.
func (t *task) start() {
	if t.c.w.connectors[t.c.name] != t.c || t.c.state != running || !slices.Contains(t.c.tasks, t) || t.state == running {
		return
	}
	t.step++
	t.state, t.trace = running, ""
	var err error
	if t.c.plugin.Type == "source" {
		t.work, err = newSource(t)
	} else {
		t.work, err = newSink(t)
	}
	if err == nil {
		err = t.work.start()
	}
	if err != nil {
		t.fail(err)
		return
	}
	t.c.tell()
}

// fail ends a task for good: it stays failed until somebody restarts it.
func (t *task) fail(err error) {
	if t.state == failed {
		return
	}
	t.step++
	t.state = failed
	kind := "WorkerSinkTask"
	if t.c.plugin.Type == "source" {
		kind = "WorkerSourceTask"
	}
	t.trace = fmt.Sprintf("org.apache.kafka.connect.errors.ConnectException: Exiting %s due to unrecoverable exception.\nCaused by: %s", kind, err)
	if strings.Contains(err.Error(), tolerance) {
		t.trace = err.Error()
	}
	t.c.w.record(brokers.Event{Kind: brokers.Refused, Place: t.name(), Reason: "task FAILED: " + clip(lastLine(t.trace))})
	if t.work != nil {
		t.work.quit()
		t.work = nil
	}
	t.c.tell()
}

// restart starts a task anew, whatever it does.
func (t *task) restart() {
	t.end()
	t.state = unassigned
	t.c.w.after(0, t.start)
}

// after has a step of this task taken, unless it has ended until then.
func (t *task) after(d time.Duration, step func()) brokers.Timer {
	at := t.step
	return t.c.w.after(d, func() {
		if t.step == at {
			step()
		}
	})
}

// maxReason bounds what the journal keeps of an error, in bytes.
const maxReason = 300

func clip(s string) string { return s[:min(len(s), maxReason)] }

// lastLine is where a trace says what the matter was.
func lastLine(trace string) string {
	lines := strings.Split(strings.TrimSpace(trace), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "Caused by: ")
}
