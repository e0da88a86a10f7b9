package connect_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/connect"
)

// kafka makes a client of the rig's cluster.
func (r *rig) kafka(opts ...kgo.Opt) *kgo.Client {
	r.Helper()
	var seeds []string
	served := make(chan error, 3)
	for node := range r.broker.Ports() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			r.Fatal(err)
		}
		seeds = append(seeds, l.Addr().String())
		go func() { served <- r.broker.Serve(node, l) }()
	}
	r.advertised(seeds)
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(seeds...), kgo.MetadataMinAge(20*time.Millisecond))...)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		cl.Close()
		_ = r.broker.Close()
		for range seeds {
			<-served
		}
	})
	return cl
}

// advertised waits until clients are told where all nodes are.
func (r *rig) advertised(seeds []string) {
	r.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(seeds...))
	if err != nil {
		r.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	for told := []string(nil); !slices.Equal(told, seeds); {
		resp, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, cl)
		if err != nil {
			r.Fatal(err)
		}
		told = nil
		for _, b := range resp.Brokers {
			told = append(told, fmt.Sprintf("127.0.0.1:%d", b.Port))
		}
		slices.Sort(told)
		slices.Sort(seeds)
	}
}

// TestKept: what a worker must not forget is in its topics, as Connect writes it there.
func TestKept(t *testing.T) {
	r := newRig(t)
	r.table.put(1, "bad", start.Add(-time.Hour))
	r.add("in", source("incrementing"))
	r.clock.Advance(time.Second)
	r.ask("PUT", "/connectors/in/stop", "")
	r.ask("PUT", "/connectors/in/resume", "")
	r.add("out", sink())
	r.clock.Advance(time.Second)
	r.ask("DELETE", "/connectors/in", "")

	want := []string{
		`connect-configs connector-in {"properties":{"connection.url":"jdbc:postgresql://db/shop","connector.class":"JdbcSource"`,
		`connect-configs task-in-0 {"properties":{`, `"task.class":"brokerlab.connect.JdbcSourceTask"`,
		`connect-configs commit-in {"tasks":1}`,
		`connect-configs target-state-in {"state":"PAUSED","state.v2":"STOPPED"}`,
		`connect-configs target-state-in {"state":"STARTED","state.v2":"STARTED"}`,
		`connect-configs connector-out {"properties":{`,
		`connect-configs connector-in (none)`, `connect-configs target-state-in (none)`,
		`connect-status status-connector-in {"state":"RUNNING","trace":null,"worker_id":"localhost:8083","generation":1}`,
		`connect-status status-task-in-0 {"state":"RUNNING","trace":null,"worker_id":"localhost:8083","generation":1}`,
		`connect-status status-connector-in {"state":"STOPPED","trace":null`,
		`connect-status status-task-in-0 (none)`,
		`connect-status status-task-out-0 {"state":"RUNNING"`,
		`connect-status status-task-out-0 {"state":"FAILED","trace":"org.apache.kafka.connect.errors.ConnectException`,
		`connect-status status-connector-in (none)`,
	}
	cl := r.kafka(kgo.ConsumeTopics(connect.ConfigTopic, connect.StatusTopic))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got strings.Builder
	for missing := want; len(missing) > 0; {
		cl.PollFetches(ctx).EachRecord(func(rec *kgo.Record) {
			value := string(rec.Value)
			if rec.Value == nil {
				value = "(none)"
			}
			fmt.Fprintln(&got, rec.Topic, string(rec.Key), value)
		})
		missing = nil
		for _, part := range want {
			if !strings.Contains(got.String(), part) {
				missing = append(missing, part)
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("the topics lack\n%s\nthey have\n%s", strings.Join(missing, "\n"), got.String())
		}
	}
	for _, e := range r.journal.Since(0) {
		if e.Kind == brokers.Published && e.Client != "" && (strings.HasPrefix(e.Place, connect.ConfigTopic) || strings.HasPrefix(e.Place, connect.StatusTopic)) {
			t.Errorf("a fault may follow a note of the worker's own: %+v", e)
		}
	}
}

// TestBackFromTheTopic: after a crash the connectors are what the topic says, whoever
// wrote that.
func TestBackFromTheTopic(t *testing.T) {
	r := newRig(t)
	r.add("in", source("incrementing"))
	r.add("out", sink())
	r.add("gone", sink())
	r.ask("PUT", "/connectors/out/pause", "")
	r.ask("DELETE", "/connectors/gone", "")
	r.clock.Advance(time.Second)
	_, before := r.ask("GET", "/connectors?expand=info&expand=status", "")
	cl := r.kafka(kgo.DefaultProduceTopic(connect.ConfigTopic))
	for key, value := range map[string]string{"connector-rubbish": "{", "connector-unknown": `{"properties":{"connector.class":"Nothing"}}`, "else": "{}"} {
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Key: []byte(key), Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	again := func() string {
		r.seq.Do(func() {
			r.worker.Kill()
			r.worker.Start()
		})
		r.clock.Advance(time.Second)
		_, now := r.ask("GET", "/connectors?expand=info&expand=status", "")
		return now
	}
	if after := again(); after != before {
		t.Errorf("after a crash\n%s\nbefore\n%s", after, before)
	}
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Key: []byte("connector-out")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	again()
	if _, names := r.ask("GET", "/connectors", ""); names != `["in"]` {
		t.Errorf("after its record was taken away: %s", names)
	}
	if !strings.Contains(before, `"PAUSED"`) {
		t.Errorf("before: %s", before)
	}
}

// TestHostileTopic: what stands in the topic has the bounds of what is asked for, and a
// connector that was stopped is stopped afterwards.
func TestHostileTopic(t *testing.T) {
	r := newRig(t)
	r.add("in", source("incrementing"))
	r.ask("PUT", "/connectors/in/stop", "")
	r.clock.Advance(time.Second)
	cl := r.kafka(kgo.DefaultProduceTopic(connect.ConfigTopic))
	write := func(name string, config map[string]string) {
		config["name"] = name
		raw, err := json.Marshal(map[string]any{"properties": config})
		if err != nil {
			t.Fatal(err)
		}
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Key: []byte("connector-" + name), Value: raw}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		write(fmt.Sprint("out-", i), sink())
	}
	large := sink()
	for i := range 200 {
		large[fmt.Sprint("setting-", i)] = "x"
	}
	write("a-large", large) // the first by name
	r.seq.Do(func() {
		r.worker.Kill()
		r.worker.Start()
	})
	r.clock.Advance(time.Second)
	_, names := r.ask("GET", "/connectors", "")
	if n := strings.Count(names, `"`) / 2; n != 20 || strings.Contains(names, "a-large") {
		t.Errorf("%d connectors came back: %s; want 20 and not the large one", n, names)
	}
	if _, status := r.ask("GET", "/connectors/in/status", ""); !strings.Contains(status, `"STOPPED"`) || strings.Contains(status, `"RUNNING"`) {
		t.Errorf("a stopped connector came back as %s", status)
	}
}

// TestNotesAreShort: a state that stays the same is told once, that of a task that goes is
// taken back, and one connector's tasks are counted as they are.
func TestNotesAreShort(t *testing.T) {
	r := newRig(t)
	r.add("in", source("incrementing"))
	r.clock.Advance(100 * time.Millisecond)
	r.ask("PUT", "/connectors/in/pause", "")
	r.ask("PUT", "/connectors/in/pause", "")
	r.clock.Advance(100 * time.Millisecond)
	r.ask("PUT", "/connectors/in/stop", "")
	r.clock.Advance(100 * time.Millisecond)
	cl := r.kafka(kgo.ConsumeTopics(connect.StatusTopic))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	for len(got) == 0 || !strings.HasSuffix(got[len(got)-1], "-") || !strings.Contains(strings.Join(got, " "), "STOPPED") {
		cl.PollFetches(ctx).EachRecord(func(rec *kgo.Record) {
			var said struct{ State string }
			if rec.Value != nil && json.Unmarshal(rec.Value, &said) != nil {
				t.Errorf("%s is %s", rec.Key, rec.Value)
			}
			got = append(got, string(rec.Key)+" "+cmp.Or(said.State, "-"))
		})
		if ctx.Err() != nil {
			t.Fatalf("the topic has %q", got)
		}
	}
	want := []string{
		"status-connector-in RUNNING", "status-task-in-0 RUNNING", "status-connector-in PAUSED", "status-task-in-0 PAUSED",
		"status-connector-in STOPPED", "status-task-in-0 -",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the topic has\n%q, want\n%q", got, want)
	}
}
