package inhost

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/grader/trial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTestLedger returns a ledger on a journal of its own.
func newTestLedger() (*ledger, *brokers.Journal) {
	journal := brokers.NewJournal(1000, brokers.Refuse, brokers.RealClock())
	number := func(label string) uint64 { return uint64(len(label)) }
	l := &ledger{
		journal: journal, number: number, byKey: make(map[string]int), twice: make(map[string]bool),
		price: func(label string) (int64, bool) { return 2650, label == "4" },
		quota: func(what string) { journal.Append(brokers.Event{Kind: brokers.OverQuota, Reason: what}) },
	}
	return l, journal
}

func ask(l *ledger, method, path, key, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w
}

func TestLedgerAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, method, path, body string
		want                     int
	}{
		{"a charge", "POST", "/charges", `{"order":"4","cents":2650}`, 201},
		{"more fields than we know", "POST", "/charges", `{"order":"4","currency":"EUR"}`, 201},
		{"the list", "GET", "/charges", "", 200},
		{"not JSON", "POST", "/charges", `order=4`, 400},
		{"no order", "POST", "/charges", `{"cents":1}`, 400},
		{"an empty order", "POST", "/charges", `{"order":""}`, 400},
		{"a number for an order", "POST", "/charges", `{"order":4}`, 400},
		{"a name without end", "POST", "/charges", `{"order":"` + strings.Repeat("x", 65) + `"}`, 400},
		{"somewhere else", "POST", "/refunds", `{"order":"4"}`, 404},
		{"a method it does not know", "DELETE", "/charges", "", 405},
	} {
		l, journal := newTestLedger()
		if got := ask(l, tt.method, tt.path, "", tt.body); got.Code != tt.want {
			t.Errorf("%s: answered %d %s, want %d", tt.name, got.Code, got.Body, tt.want)
		}
		if effects := len(journal.Since(0)); (tt.want == 201) != (effects == 1) {
			t.Errorf("%s: journalled %d effects", tt.name, effects)
		}
	}
}

// TestLedgerKeys: the same key takes money once, another or none takes it again.
// newTestOutbox returns an outbox with seven orders on a journal of its own.
func newTestOutbox() (*outbox, *brokers.Journal) {
	journal := brokers.NewJournal(1000, brokers.Refuse, brokers.RealClock())
	o := &outbox{
		journal: journal, number: func(string) uint64 { return 3 },
		quota: func(what string) { journal.Append(brokers.Event{Kind: brokers.OverQuota, Reason: what}) },
	}
	for i := range 7 {
		o.add(string(rune('1'+i)), 100)
	}
	return o, journal
}

func TestOutboxAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, method, path string
		want               int
	}{
		{"the list", "GET", "/orders", 200},
		{"a mark", "POST", "/orders/7/done", 204},
		{"an order it does not have", "POST", "/orders/8/done", 404},
		{"no order", "POST", "/orders//done", 404},
		{"half a path", "POST", "/orders/7", 404},
		{"somewhere else", "GET", "/", 404},
		{"a list that is sent", "POST", "/orders", 405},
		{"a mark that is asked for", "GET", "/orders/7/done", 405},
	} {
		o, journal := newTestOutbox()
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.want {
			t.Errorf("%s: answered %d %s, want %d", tt.name, w.Code, w.Body, tt.want)
		}
		if effects := len(journal.Since(7)); (tt.want == 204) != (effects == 1) {
			t.Errorf("%s: %d effects in the journal", tt.name, effects)
		}
	}
}

// TestOutboxPages: the oldest five come first, and a marked one does not come
// again; to mark it twice is told in the journal.
func TestOutboxPages(t *testing.T) {
	o, journal := newTestOutbox()
	list := func() string {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequest("GET", "/orders", nil))
		return strings.TrimSpace(w.Body.String())
	}
	if got := list(); strings.Count(got, "cents") != 5 || !strings.HasPrefix(got, `[{"order":"1","cents":100},{"order":"2"`) {
		t.Errorf("the first page is %s", got)
	}
	for range 2 {
		for _, order := range []string{"2", "1", "3", "5", "4", "6"} {
			o.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/orders/"+order+"/done", nil))
		}
	}
	if got := list(); got != `[{"order":"7","cents":100}]` {
		t.Errorf("the last page is %s", got)
	}
	marks := journal.Since(7)
	if len(marks) != 12 || marks[0].Redelivered || !marks[6].Redelivered || marks[6].Label != "2" || marks[6].Message != 3 {
		t.Errorf("the journal has %+v", marks)
	}
	p := o.place()
	if p.Ready != 1 || p.Done != 6 || p.Tokens[5].State != "done" || p.Tokens[6].State != "ready" {
		t.Errorf("the page is shown %+v", p)
	}
}

func TestOutboxRefusesWhenFull(t *testing.T) {
	o, journal := newTestOutbox()
	mark := func(order string) int {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequest("POST", "/orders/"+order+"/done", nil))
		return w.Code
	}
	for journal.Room() {
		mark("1")
	}
	if code := mark("2"); code != http.StatusInsufficientStorage || o.orders[1].done {
		t.Errorf("answered %d, and done is %v", code, o.orders[1].done)
	}
	events := journal.Since(0)
	if last := events[len(events)-1]; last.Kind != brokers.OverQuota {
		t.Errorf("the journal ends with %+v", last)
	}
}

// TestOutboxRefusesOnce: the second request is refused and marks nothing, the third
// does.
func TestOutboxRefusesOnce(t *testing.T) {
	o, journal := newTestOutbox()
	o.refuse(2)
	for i, want := range []int{204, 503, 204} {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequest("POST", "/orders/"+string("122"[i])+"/done", nil))
		if w.Code != want {
			t.Errorf("request %d: answered %d, want %d", i+1, w.Code, want)
		}
	}
	events := journal.Since(7)
	if len(events) != 3 || events[1].Kind != brokers.Refused || events[2].Redelivered {
		t.Errorf("the journal has %+v", events)
	}
}

// TestRule5Asked: while the outbox has orders, a program that is silent between
// its connection and its first publish is not done.
func TestRule5Asked(t *testing.T) {
	o, journal := newTestOutbox()
	w := &world{seq: brokers.NewSequencer(journal), services: []service{&ledger{}, o}}
	for _, order := range o.orders {
		if w.nothingLeft() {
			t.Fatalf("nothing is left, and order %s waits", order.Order)
		}
		o.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/orders/"+order.Order+"/done", nil))
	}
	if !w.nothingLeft() {
		t.Error("every order is marked, and something is left")
	}
}

func TestLedgerKeys(t *testing.T) {
	l, journal := newTestLedger()
	first := ask(l, "POST", "/charges", "order-4", `{"order":"4","cents":2650}`)
	again := ask(l, "POST", "/charges", "order-4", `{"order":"4","cents":2650}`)
	if first.Code != http.StatusCreated || again.Body.String() != first.Body.String() {
		t.Errorf("answered %s, then %s", first.Body, again.Body)
	}
	ask(l, "POST", "/charges", "other", `{"order":"4"}`)
	ask(l, "POST", "/charges", "", `{"order":"4"}`)
	var repeated []bool
	for _, e := range journal.Since(0) {
		repeated = append(repeated, e.Redelivered)
	}
	if !slices.Equal(repeated, []bool{false, true, false, false}) {
		t.Errorf("repeats are %v, want the second only", repeated)
	}
	if p := l.place(); p.Done != 3 || p.Tokens[0].State != "twice" {
		t.Errorf("drawn as %+v, want three charges, and order 4 more than once", p)
	}
}

// TestLedgerRefusesOnce: the request that the schedule names is answered with 503
// and charges nothing; the next one is served.
func TestLedgerRefusesOnce(t *testing.T) {
	l, journal := newTestLedger()
	l.refuse(2)
	for i, want := range []int{201, 503, 201} {
		if got := ask(l, "POST", "/charges", "order-"+strconv.Itoa(min(i, 1)), `{"order":"4","cents":2650}`); got.Code != want {
			t.Errorf("request %d was answered with %d, want %d", i+1, got.Code, want)
		}
	}
	e := journal.Since(0)[1]
	if e.Kind != brokers.Refused || e.Label != "4" || len(l.charges) != 2 {
		t.Errorf("journalled %+v, and there are %d charges, want 2", e, len(l.charges))
	}
}

// TestLedgerKnowsThePrice: a charge that is not what its order says is marked.
func TestLedgerKnowsThePrice(t *testing.T) {
	l, journal := newTestLedger()
	ask(l, "POST", "/charges", "", `{"order":"4","cents":2650}`)
	ask(l, "POST", "/charges", "", `{"order":"4","cents":1}`)
	ask(l, "POST", "/charges", "", `{"order":"5","cents":1}`)
	var reasons []string
	for _, e := range journal.Since(0) {
		reasons = append(reasons, e.Reason)
	}
	if !slices.Equal(reasons, []string{"", "want 2650", ""}) {
		t.Errorf("said %q", reasons)
	}
}

// TestLedgerRefusesWhenFull: rule 7 for services.
func TestLedgerRefusesWhenFull(t *testing.T) {
	l, journal := newTestLedger()
	for journal.Room() {
		ask(l, "POST", "/charges", "", `{"order":"4"}`)
	}
	before := len(l.charges)
	if got := ask(l, "POST", "/charges", "", `{"order":"5"}`); got.Code != http.StatusInsufficientStorage {
		t.Errorf("a full journal answered %d", got.Code)
	}
	if len(l.charges) != before {
		t.Error("a refused charge was made")
	}
}

func TestLabel(t *testing.T) {
	w := &world{spec: trial.Spec{Label: "order"}}
	for body, want := range map[string]string{
		`{"order":"4","cents":1}`: "4",
		`{"order":12}`:            "12",
		`{"order":null}`:          "",
		`{"order":{"id":1}}`:      "",
		`{"cents":1}`:             "",
		`{"order":"9","cents":`:   "",
		`<order id="9"/>`:         "",
		`"4"`:                     "",
		``:                        "",
		`{"order":"` + strings.Repeat("x", 100) + `"}`: strings.Repeat("x", maxLabel),
	} {
		if got := w.label([]byte(body)); got != want {
			t.Errorf("label of %q is %q, want %q", body, got, want)
		}
	}
	if got := (&world{}).label([]byte(`{"":"x"}`)); got != "" {
		t.Errorf("a lab without labels named a message %q", got)
	}
}

// TestRule8Assign: an event gets the line of the last fitting call before its
// bytes came, deliveries the line of their receive, and nothing else is touched.
func TestRule8Assign(t *testing.T) {
	base := time.Unix(1000, 0)
	at := func(ms int) time.Time { return base.Add(time.Duration(ms) * time.Millisecond) }
	tr := &trace{calls: []string{"amqp.Delivery.Ack", "main.Charge", "receive amqp.Delivery", "http.Client.Do @ledger.go"}}
	tr.add([]traceRecord{
		{at(0), 21, 2}, {at(1), 27, 0}, {at(2), 28, 1}, {at(3), 99, 3},
		{at(4), 21, 2}, {at(5), 27, 0}, {at(6), 7, 99}, {at(7), 8, -1},
	})
	events := []brokers.Event{
		{Seq: 1, Kind: brokers.Delivered},
		{Seq: 2, Kind: brokers.Acked},
		{Seq: 3, Kind: brokers.Effect},
		{Seq: 4, Kind: brokers.Delivered},
		{Seq: 5, Kind: brokers.Acked},
		{Seq: 6, Kind: brokers.Requeued},
		{Seq: 7, Kind: brokers.Rejected},
	}
	arrived := map[uint64]time.Time{2: at(1), 3: at(4), 5: at(9), 7: at(9)}
	tr.assign(events, func(seq uint64) time.Time { return arrived[seq] })
	var lines []int
	for _, e := range events {
		lines = append(lines, e.Line)
	}
	if want := []int{21, 27, 28, 21, 27, 0, 0}; !slices.Equal(lines, want) {
		t.Errorf("lines %v, want %v", lines, want)
	}
}

// TestTraceIsBounded: a program that floods its trace fills no memory.
func TestTraceIsBounded(t *testing.T) {
	tr := &trace{}
	for range 20 {
		tr.add(make([]traceRecord, 10_000))
	}
	if len(tr.records) != maxTrace {
		t.Errorf("kept %d records, want %d", len(tr.records), maxTrace)
	}
}

// TestSilence: a tick that comes late proves nothing about the program, which
// had to wait for the machine as well.
func TestSilence(t *testing.T) {
	var s silence
	at := s.last
	after := func(d time.Duration) time.Time { at = at.Add(d); return at }
	for _, tt := range []struct {
		rule            string
		passed, overdue time.Duration // since the last one was seen, and since it was due
		want            int           // ticks that count
	}{
		{"on time", tick, 0, 1},
		{"a little late", late, late, 2},
		{"the one before was seen long ago", time.Second, 0, 2},
		{"on time again", tick, 0, 3},
		{"seen long after it was due", tick, late + 1, 3},
	} {
		seen := after(tt.passed)
		if s.tick(seen.Add(-tt.overdue), seen); s.ticks != tt.want {
			t.Errorf("%s: %d ticks count, want %d", tt.rule, s.ticks, tt.want)
		}
	}
}
