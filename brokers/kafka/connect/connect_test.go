package connect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
	"github.com/brokerlab/brokerlab/brokers/kafka/connect"
)

var start = time.Date(2026, time.November, 17, 12, 0, 0, 0, time.UTC)

// A table is the database of the tests: one table, "articles".
type table struct{ rows []map[string]any }

func (*table) Tables() []string { return []string{"articles"} }

func (*table) Columns(name string) []connect.Column {
	if name != "articles" {
		return nil
	}
	return []connect.Column{{Name: "id", Type: "int"}, {Name: "title", Type: "text"}, {Name: "changed", Type: "timestamp"}}
}

func (t *table) Rows(string) []map[string]any { return slices.Clone(t.rows) }

// put adds or changes a row.
func (t *table) put(id int64, title string, at time.Time) {
	row := map[string]any{"id": id, "title": title, "changed": at}
	i := slices.IndexFunc(t.rows, func(r map[string]any) bool { return r["id"] == id })
	if i < 0 {
		t.rows = append(t.rows, row)
		return
	}
	t.rows[i] = row
}

func (t *table) drop(id int64) {
	t.rows = slices.DeleteFunc(t.rows, func(r map[string]any) bool { return r["id"] == id })
}

// An index is the search of the tests. It refuses the title "bad".
type index struct {
	documents map[string]string
	writes    int
	written   func()
}

func (x *index) Put(_, id string, document []byte) error {
	var fields struct{ Title string }
	if json.Unmarshal(document, &fields); fields.Title == "bad" {
		return fmt.Errorf("mapper_parsing_exception: title")
	}
	x.writes++
	x.documents[id] = fields.Title
	if x.written != nil {
		x.written()
	}
	return nil
}

func (x *index) Delete(_, id string) error {
	delete(x.documents, id)
	return nil
}

func (x *index) String() string {
	out := make([]string, 0, len(x.documents))
	for id, title := range x.documents {
		out = append(out, id+"="+title)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// A rig is a worker beside a cluster, with a virtual clock.
type rig struct {
	*testing.T
	clock   *brokers.VirtualClock
	journal *brokers.Journal
	seq     *brokers.Sequencer
	broker  *kafka.Broker
	worker  *connect.Worker
	table   *table
	index   *index
}

func newRig(t *testing.T) *rig {
	r := &rig{T: t, clock: brokers.NewVirtualClock(start), table: &table{}, index: &index{documents: make(map[string]string)}}
	r.journal = brokers.NewJournal(100_000, brokers.Refuse, r.clock)
	r.seq = brokers.NewSequencer(r.journal)
	label := func(value []byte) string {
		var fields struct{ ID json.Number }
		_ = json.Unmarshal(value, &fields)
		return fields.ID.String()
	}
	r.broker = kafka.New(kafka.Config{Clock: r.clock, Journal: r.journal, Sequencer: r.seq, Quota: brokers.DefaultQuota(), Label: label})
	t.Cleanup(func() { _ = r.broker.Close() })
	r.worker = connect.New(connect.Config{
		Clock: r.clock, Journal: r.journal, Sequencer: r.seq, Cluster: r.broker.Cluster(), Label: label, Database: r.table, Index: r.index,
	})
	return r
}

// ask makes one request, and returns its status and body.
func (r *rig) ask(method, path, body string) (int, string) {
	r.Helper()
	out := httptest.NewRecorder()
	r.seq.Do(func() { r.worker.ServeHTTP(out, httptest.NewRequest(method, path, strings.NewReader(body))) })
	return out.Code, strings.TrimSpace(out.Body.String())
}

// add makes a connector.
func (r *rig) add(name string, config map[string]string) {
	r.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "config": config})
	if err != nil {
		r.Fatal(err)
	}
	if code, answer := r.ask("POST", "/connectors", string(body)); code != http.StatusCreated {
		r.Fatalf("POST %s: %d %s", body, code, answer)
	}
	var place brokers.Place
	r.seq.Do(func() { place = r.worker.Place() })
	if drawn, _ := place.Detail["connectors"].([]string); !slices.Contains(drawn, name) {
		r.Errorf("the picture of the worker has the connectors %q, want %q among them", drawn, name)
	}
}

func source(mode string) map[string]string {
	c := map[string]string{
		"connector.class": "JdbcSource", "connection.url": "jdbc:postgresql://db/shop", "table.whitelist": "articles", "mode": mode,
		"topic.prefix": "shop-", "poll.interval.ms": "1000", "transforms": "key,id",
		"transforms.key.type": "org.apache.kafka.connect.transforms.ValueToKey", "transforms.key.fields": "id",
		"transforms.id.type": "org.apache.kafka.connect.transforms.ExtractField$Key", "transforms.id.field": "id",
	}
	if mode != "bulk" && mode != "timestamp" {
		c["incrementing.column.name"] = "id"
	}
	if strings.HasPrefix(mode, "timestamp") {
		c["timestamp.column.name"] = "changed"
	}
	return c
}

func sink(more ...string) map[string]string {
	c := map[string]string{"connector.class": "SearchSink", "connection.url": "http://search:8093", "topics": "shop-articles"}
	for i := 0; i+1 < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

// states are those of a connector's tasks.
func (r *rig) states(name string) string {
	r.Helper()
	_, body := r.ask("GET", "/connectors/"+name+"/status", "")
	var status struct {
		Tasks []struct{ State, Trace string }
	}
	if err := json.Unmarshal([]byte(body), &status); err != nil {
		r.Fatalf("status: %v in %s", err, body)
	}
	var out []string
	for _, t := range status.Tasks {
		out = append(out, t.State)
	}
	return strings.Join(out, " ")
}

// TestModes: what each mode of a source sees, and what it does not.
func TestModes(t *testing.T) {
	for _, tt := range []struct{ mode, want string }{
		{"bulk", "1=changed 2=b 3=c 9=deleted"},
		{"incrementing", "1=a 2=b 3=c 9=deleted"},
		{"timestamp", "1=changed 2=b 3=c 9=deleted"},
		{"timestamp+incrementing", "1=changed 2=b 3=c 9=deleted"},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			r := newRig(t)
			past := start.Add(-time.Hour)
			r.table.put(1, "a", past)
			r.table.put(9, "deleted", past)
			if tt.mode == "incrementing" || tt.mode == "timestamp+incrementing" {
				r.table.drop(9)
				r.index.documents["9"] = "deleted" // the largest id would hide what comes after it
			}
			r.table.put(2, "b", past)
			r.add("in", source(tt.mode))
			r.add("out", sink())
			r.clock.Advance(3 * time.Second)
			r.table.put(1, "changed", r.clock.Now())
			r.table.drop(9) // nobody sees that
			r.clock.Advance(3 * time.Second)
			r.table.put(3, "c", r.clock.Now())
			r.clock.Advance(3 * time.Second)
			if got := r.index.String(); got != tt.want {
				t.Errorf("the index has %s, want %s", got, tt.want)
			}
		})
	}
}

// TestLongTransaction: a row that is committed after a later one was read is never seen.
func TestLongTransaction(t *testing.T) {
	for _, mode := range []string{"incrementing", "timestamp", "timestamp+incrementing"} {
		r := newRig(t)
		r.add("in", source(mode))
		r.add("out", sink())
		r.clock.Advance(2 * time.Second)
		inserted := r.clock.Now() // row 7, in a transaction that goes on
		r.clock.Advance(100 * time.Millisecond)
		r.table.put(8, "later", r.clock.Now())
		r.clock.Advance(3 * time.Second)
		r.table.put(7, "earlier", inserted) // now it is committed
		r.clock.Advance(time.Minute)
		if got := r.index.String(); got != "8=later" {
			t.Errorf("%s: the index has %s, want only 8", mode, got)
		}
	}
}

// TestRestart: after a crash work is repeated; an id from the record keeps that harmless.
func TestRestart(t *testing.T) {
	for _, tt := range []struct {
		name   string
		ignore string
		want   int // documents
	}{{"ids from keys", "false", 3}, {"ids from offsets", "true", 6}} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			for id := range int64(3) {
				r.table.put(id+1, "x", start.Add(-time.Hour))
			}
			r.add("in", source("timestamp+incrementing"))
			r.add("out", sink("key.ignore", tt.ignore))
			r.clock.Advance(2 * time.Second) // before anything is committed or stored
			r.seq.Do(func() {
				r.worker.Kill()
				r.broker.Cut("crash")
			})
			if code, _ := r.ask("GET", "/connectors", ""); code != http.StatusServiceUnavailable {
				t.Errorf("a dead worker answers %d", code)
			}
			r.seq.Do(r.worker.Start)
			r.clock.Advance(20 * time.Second)
			if len(r.index.documents) != tt.want || r.index.writes < 6 {
				t.Errorf("%d documents after %d writes, want %d after 6 or more", len(r.index.documents), r.index.writes, tt.want)
			}
		})
	}
}

// TestOffsetsAreKept: what was stored in connect-offsets is not read again.
func TestOffsetsAreKept(t *testing.T) {
	r := newRig(t)
	r.table.put(1, "a", start.Add(-time.Hour))
	r.add("in", source("incrementing"))
	r.add("out", sink())
	r.clock.Advance(10 * time.Second)
	r.seq.Do(func() {
		r.worker.Kill()
		r.broker.Cut("crash")
		r.worker.Start()
	})
	r.clock.Advance(20 * time.Second)
	if r.index.writes != 1 {
		t.Errorf("%d writes of one row, want 1", r.index.writes)
	}
}

// TestErrors: a record that the index refuses ends the task, is stepped over, or is kept.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name         string
		config       []string
		state, index string
		kept         int
	}{
		{"none", nil, "FAILED", "1=a", 0},
		{"all", []string{"errors.tolerance", "all"}, "RUNNING", "1=a 3=c", 0},
		{"all, kept", []string{"errors.tolerance", "all", "errors.deadletterqueue.topic.name", "dead", "errors.deadletterqueue.context.headers.enable", "true"}, "RUNNING", "1=a 3=c", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			for i, title := range []string{"a", "bad", "c"} {
				r.table.put(int64(i+1), title, start.Add(-time.Hour))
			}
			r.add("in", source("incrementing"))
			r.add("out", sink(tt.config...))
			r.clock.Advance(10 * time.Second)
			kept := 0
			for _, e := range r.journal.Since(0) {
				if e.Kind == brokers.Published && e.Place == "dead/0" {
					kept++
				}
			}
			if got := r.states("out"); got != tt.state || r.index.String() != tt.index || kept != tt.kept {
				t.Errorf("task %s, index %s, %d kept; want %s, %s, %d", got, r.index, kept, tt.state, tt.index, tt.kept)
			}
			if tt.state != "FAILED" {
				return
			}
			_, body := r.ask("GET", "/connectors/out/status", "")
			if !strings.Contains(body, "Tolerance exceeded in error handler") || !strings.Contains(body, "mapper_parsing_exception") {
				t.Errorf("the trace says nothing of it: %s", body)
			}
			r.table.put(2, "good", start) // mended, and the task restarted: it meets the old record again
			if code, _ := r.ask("POST", "/connectors/out/tasks/0/restart", ""); code != http.StatusNoContent {
				t.Errorf("restart answers %d, want 204", code)
			}
			r.clock.Advance(time.Second)
			if got := r.states("out"); got != "FAILED" {
				t.Errorf("after a restart the task is %s, want FAILED again", got)
			}
		})
	}
}

// TestREST: requests and answers, in order, against one worker.
func TestREST(t *testing.T) {
	r := newRig(t)
	good, _ := json.Marshal(map[string]any{"name": "out", "config": sink()})
	for _, tt := range []struct {
		method, path, body string
		code               int
		want               string // a part of the answer
	}{
		{"GET", "/", "", 200, `"version":"4.3.0"`},
		{"GET", "/connectors", "", 200, "[]"},
		{"GET", "/connectors/out", "", 404, `{"error_code":404,"message":"Connector out not found"}`},
		{"GET", "/connectors/out/status", "", 404, `"message":"No status found for connector out"`},
		{"POST", "/connectors", "{", 400, `"error_code":400`},
		{"POST", "/connectors", `{"name":"out","config":{"connector.class":"SearchSink","connection.url":"http://search:8093"}}`, 400, `Missing required configuration \"topics\" which has no default value.`},
		{"POST", "/connectors", `{"name":"out","config":{"connector.class":"Nothing"}}`, 400, "Failed to find any class that implements Connector and which name matches Nothing"},
		{"POST", "/connectors", string(good), 201, `"tasks":[{"connector":"out","task":0}],"type":"sink"`},
		{"POST", "/connectors", string(good), 409, `{"error_code":409,"message":"Connector out already exists"}`},
		{"GET", "/connectors", "", 200, `["out"]`},
		{"GET", "/connectors?expand=status", "", 200, `{"out":{"status":{"name":"out"`},
		{"GET", "/connectors/out/config", "", 200, `"topics":"shop-articles"`},
		{"GET", "/connectors/out/tasks", "", 200, `"task.class":"brokerlab.connect.SearchSinkTask"`},
		{"PUT", "/connectors/out/pause", "", 202, ""},
		{"GET", "/connectors/out/status", "", 200, `"connector":{"state":"PAUSED"`},
		{"PUT", "/connectors/out/resume", "", 202, ""},
		{"PUT", "/connectors/out/stop", "", 204, ""},
		{"GET", "/connectors/out/status", "", 200, `"connector":{"state":"STOPPED","worker_id":"localhost:8083"},"tasks":[]`},
		{"PUT", "/connectors/out/resume", "", 202, ""},
		{"POST", "/connectors/out/restart", "", 204, ""},
		{"POST", "/connectors/out/restart?includeTasks=true", "", 202, `"name":"out"`},
		{"POST", "/connectors/out/tasks/7/restart", "", 404, "not found"},
		{"PUT", "/connectors/out/config", `{"connector.class":"SearchSink","topics":"t","connection.url":"http://search:8093","tasks.max":2}`, 200, `"tasks.max":"2"`},
		{"PUT", "/connectors/new/config", `{"connector.class":"SearchSink","topics":"t","connection.url":"http://nowhere"}`, 400, "unknown host"},
		{"GET", "/connector-plugins", "", 200, `{"class":"brokerlab.connect.JdbcSourceConnector","type":"source","version":"4.3.0"}`},
		{"PUT", "/connector-plugins/JdbcSource/config/validate", `{"connector.class":"JdbcSource","mode":"x"}`, 200, `"Invalid value x for configuration mode: String must be one of: bulk, incrementing, timestamp, timestamp+incrementing"`},
		{"PUT", "/connector-plugins/Nothing/config/validate", `{}`, 404, "Nothing"},
		{"DELETE", "/connectors/out", "", 204, ""},
		{"DELETE", "/connectors/out", "", 404, "not found"},
		{"PATCH", "/connectors", "", 405, `"error_code":405`},
		{"GET", "/elsewhere", "", 404, `"error_code":404`},
	} {
		code, body := r.ask(tt.method, tt.path, tt.body)
		if code != tt.code || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s %s: %d %s, want %d with %s", tt.method, tt.path, tt.body, code, body, tt.code, tt.want)
		}
		r.clock.Advance(time.Second)
	}
}

// TestTransforms: InsertField, ReplaceField, Filter with its predicates.
func TestTransforms(t *testing.T) {
	r := newRig(t)
	r.table.put(1, "a", start.Add(-time.Hour))
	c := source("incrementing")
	c["transforms"] = "key,id,shop,drop"
	c["transforms.shop.type"] = "org.apache.kafka.connect.transforms.InsertField$Value"
	c["transforms.shop.static.field"], c["transforms.shop.static.value"] = "shop", "tea"
	c["transforms.drop.type"] = "org.apache.kafka.connect.transforms.ReplaceField$Value"
	c["transforms.drop.exclude"], c["transforms.drop.renames"] = "changed", "title:name"
	r.add("in", c)
	got := ""
	r.add("seen", sink())
	r.index.written = func() { got = "written" }
	f := sink("transforms", "none", "transforms.none.type", "Filter", "transforms.none.predicate", "dead", "predicates", "dead",
		"predicates.dead.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches", "predicates.dead.pattern", "shop-.*")
	r.add("filtered", f)
	r.clock.Advance(5 * time.Second)
	if got != "written" || r.index.writes != 1 {
		t.Errorf("%d writes, want 1: one sink drops every record", r.index.writes)
	}
	found := false
	r.seq.Do(func() {
		for _, p := range r.broker.Cluster().Topic("shop-articles").Partitions {
			found = found || p.HighWatermark() > 0
		}
	})
	if !found {
		t.Error("nothing is in the topic")
	}
}

// TestGroup: two tasks of a sink share the partitions, and the group is called after it.
func TestGroup(t *testing.T) {
	r := newRig(t)
	if err := r.broker.Apply([]brokers.Action{{Do: "topic", With: map[string]any{"topic": "shop-articles", "partitions": 4}}}); err != nil {
		t.Fatal(err)
	}
	r.add("out", sink("tasks.max", "2"))
	r.clock.Advance(10 * time.Second)
	r.seq.Do(func() {
		g := r.broker.Cluster().Group("connect-out")
		if g == nil || len(g.Members()) != 2 {
			t.Fatalf("group %+v, want two members", g)
		}
	})
	owned := make(map[string]string)
	for _, e := range r.journal.Since(0) {
		if e.Kind == brokers.Assigned && e.Place != "" {
			owned[e.Place] = e.Consumer
		}
	}
	if len(owned) != 4 || owned["shop-articles/0"] == owned["shop-articles/3"] {
		t.Errorf("partitions are shared as %v, want 4 between two members", owned)
	}
}

// FuzzREST: any body is answered, and the worker goes on.
func FuzzREST(f *testing.F) {
	f.Add("POST", "/connectors", `{"name":"x","config":{"connector.class":"JdbcSource","transforms":"a,a"}}`)
	f.Add("PUT", "/connectors/x/config", `{"connector.class":"SearchSink","topics":",","connection.url":"http://search","tasks.max":99}`)
	f.Add("PUT", "/connector-plugins/JdbcSource/config/validate", `{"transforms":"a","transforms.a.type":"ReplaceField$Value","transforms.a.renames":":"}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if !slices.Contains([]string{"GET", "POST", "PUT", "DELETE"}, method) || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \x00\x7f#?%\r\n\t") {
			t.Skip()
		}
		r := newRig(t)
		req, err := http.NewRequest(method, "http://localhost"+path, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Skip()
		}
		out := httptest.NewRecorder()
		r.seq.Do(func() { r.worker.ServeHTTP(out, req) })
		r.clock.Advance(2 * time.Second)
		if code, _ := r.ask("GET", "/connectors", ""); code != http.StatusOK {
			t.Errorf("after %s %s the worker answers %d", method, path, code)
		}
	})
}
