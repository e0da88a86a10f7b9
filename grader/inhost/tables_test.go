package inhost

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

// newTableWorld is a world with a database and an index, and nothing served.
func newTableWorld(t *testing.T) (*world, *database, *search, *brokers.VirtualClock) {
	t.Helper()
	clock := brokers.NewVirtualClock(configStart)
	journal := brokers.NewJournal(10_000, brokers.Refuse, clock)
	w := &world{clock: clock, journal: journal, seq: brokers.NewSequencer(journal), numbers: make(map[string]uint64), prices: make(map[string]int64), failed: make(chan error, 1)}
	w.spec = trial.Spec{Label: "id", Settings: map[string]map[string]any{
		"db": {
			"tables": map[string]any{"articles": map[string]any{
				"key": "id", "columns": []string{"id int", "title text", "changed timestamp"},
				"rows": []any{map[string]any{"id": 1, "title": "Cup"}},
			}},
			"changes": []any{
				map[string]any{"at": "2s", "update": "articles", "id": 1, "row": map[string]any{"title": "Mug"}},
				map[string]any{"at": "3s", "insert": "articles", "row": map[string]any{"title": "Pot"}, "commit": "6s"},
				map[string]any{"at": "4s", "delete": "articles", "id": 1},
			},
		},
		"search": {"types": map[string]string{"price": "number", "released": "date"}},
	}}
	db, err := newDatabase(w)
	if err != nil {
		t.Fatal(err)
	}
	index, err := newSearch(w)
	if err != nil {
		t.Fatal(err)
	}
	return w, db.(*database), index.(*search), clock
}

// TestDatabaseScript: the changes of a lab come when they are due, and a row is seen when
// it is committed.
func TestDatabaseScript(t *testing.T) {
	_, db, _, clock := newTableWorld(t)
	titles := func() string {
		var out []string
		for _, row := range db.Rows("articles") {
			out = append(out, row["title"].(string))
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []struct {
		at   time.Duration
		want string
		left int
	}{{time.Second, "Cup", 3}, {2 * time.Second, "Mug", 2}, {3 * time.Second, "Mug", 2}, {4 * time.Second, "", 1}, {6 * time.Second, "Pot", 0}} {
		clock.Advance(configStart.Add(tt.at).Sub(clock.Now()))
		if got := titles(); got != tt.want || db.script != tt.left {
			t.Errorf("after %s the rows are %q with %d changes to come, want %q with %d", tt.at, got, db.script, tt.want, tt.left)
		}
	}
	if at := db.Rows("articles")[0]["changed"].(time.Time); !at.Equal(configStart.Add(3 * time.Second)) {
		t.Errorf("the row says it was changed at %s, want the time of the statement", at)
	}
}

// A request with what it is answered.
type asked struct {
	method, path, body string
	code               int
	want               string
}

// TestDatabaseAnswers: requests in order, against one database.
func TestDatabaseAnswers(t *testing.T) {
	_, db, _, _ := newTableWorld(t)
	for _, tt := range []asked{
		{"GET", "/tables", "", 200, `"columns":["id int","title text","changed timestamp"],"rows":1`},
		{"GET", "/tables/articles/rows", "", 200, `"title":"Cup"`},
		{"POST", "/tables/articles/rows", `{"title":"Tray"}`, 201, `"id":2`},
		{"GET", "/tables/articles/rows?id_gt=1", "", 200, `"title":"Tray"`},
		{"GET", "/tables/articles/rows?title=None", "", 200, `[]`},
		{"GET", "/tables/articles/rows?x=1", "", 400, "no column"},
		{"POST", "/tables/articles/rows", `{"id":2}`, 409, "duplicate key"},
		{"POST", "/tables/articles/rows", `{"title":7}`, 409, "want a value of type text"},
		{"POST", "/tables/articles/rows", `{"colour":"red"}`, 409, "has no column"},
		{"POST", "/tables/articles/rows", `[`, 400, "no JSON object"},
		{"PATCH", "/tables/articles/rows/2", `{"title":"Plate"}`, 200, `"Plate"`},
		{"PATCH", "/tables/articles/rows/9", `{"title":"Plate"}`, 409, "has no row"},
		{"PATCH", "/tables/articles/rows/2", `{"id":3}`, 409, "cannot be changed"},
		{"POST", "/transactions", "", 201, `{"transaction":"1"}`},
		{"POST", "/tables/articles/rows?transaction=1", `{"id":7}`, 201, `"id":7`},
		{"GET", "/tables/articles/rows?id=7", "", 200, `[]`},
		{"POST", "/transactions/1/commit", "", 204, ""},
		{"GET", "/tables/articles/rows?id=7", "", 200, `"id":7`},
		{"POST", "/transactions/1/commit", "", 404, "no open transaction"},
		{"POST", "/tables/articles/rows?transaction=5", `{}`, 409, "no open transaction"},
		{"DELETE", "/tables/articles/rows/7", "", 204, ""},
		{"DELETE", "/tables/articles/rows/7", "", 409, "has no row"},
		{"POST", "/tables", `{"table":"x","key":"id","columns":["id int"]}`, 201, `"x"`},
		{"POST", "/tables", `{"table":"y","key":"no","columns":["id int"]}`, 400, "none of its columns"},
		{"GET", "/tables/none/rows", "", 404, "no table"},
		{"PUT", "/tables/articles/rows", "", 405, "want"},
		{"GET", "/else", "", 404, "only /tables"},
	} {
		w := httptest.NewRecorder()
		db.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
		if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s %s: %d %s, want %d with %s", tt.method, tt.path, tt.body, w.Code, w.Body, tt.code, tt.want)
		}
	}
}

// TestSearchAnswers: requests in order, against one index; and what the journal tells.
func TestSearchAnswers(t *testing.T) {
	w, _, index, _ := newTableWorld(t)
	for _, tt := range []asked{
		{"PUT", "/articles/_doc/1", `{"id":1,"price":3}`, 201, `"result":"created"`},
		{"PUT", "/articles/_doc/1", `{"id":1,"price":4}`, 200, `"result":"updated"`},
		{"PUT", "/articles/_doc/2", `{"id":2,"price":"x"}`, 400, "failed to parse field [price] of type [number]"},
		{"PUT", "/articles/_doc/2", `{"id":2,"released":"soon"}`, 400, "[released]"},
		{"PUT", "/articles/_doc/2", `[]`, 400, "must be a JSON object"},
		{"POST", "/articles/_doc", `{"id":1}`, 201, `"_id":"auto-1"`},
		{"GET", "/articles/_doc/1", "", 200, `"price":4`},
		{"GET", "/articles/_search?id=1", "", 200, `"total":2`},
		{"GET", "/articles/_search?id=9", "", 200, `"hits":[]`},
		{"DELETE", "/articles/_doc/auto-1", "", 200, "deleted"},
		{"DELETE", "/articles/_doc/auto-1", "", 404, "no document"},
		{"PATCH", "/articles/_doc/1", "", 405, "want"},
		{"GET", "/", "", 404, "want"},
	} {
		out := httptest.NewRecorder()
		index.ServeHTTP(out, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
		if out.Code != tt.code || !strings.Contains(out.Body.String(), tt.want) {
			t.Errorf("%s %s %s: %d %s, want %d with %s", tt.method, tt.path, tt.body, out.Code, out.Body, tt.code, tt.want)
		}
	}
	var told []string
	for _, e := range w.journal.Since(0) {
		if e.Source == "search" {
			told = append(told, string(e.Kind)+" "+e.Reason[:min(len(e.Reason), 6)]+" "+e.Label)
		}
	}
	const want = "effect put 1, effect put 1, refused mapper 2, refused mapper 2, effect put 1, effect delete 1"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("the journal tells %s, want %s", got, want)
	}
	p := index.place()
	if p.Done != 1 || len(p.Tokens) != 1 || p.Tokens[0].Label != "1" {
		t.Errorf("drawn as %+v, want one document", p)
	}
}
