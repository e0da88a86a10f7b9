package inhost

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// ServeHTTP answers one request.
func (d *database) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "tables" && len(parts) == 1 && r.Method == http.MethodGet:
		answer(w, http.StatusOK, d.list())
	case parts[0] == "tables" && len(parts) == 1 && r.Method == http.MethodPost:
		d.createTable(w, r)
	case parts[0] == "tables" && len(parts) >= 3 && len(parts) <= 4 && parts[2] == "rows":
		d.serveRows(w, r, parts)
	case parts[0] == "transactions":
		d.serveTransaction(w, r, parts[1:])
	default:
		problem(w, http.StatusNotFound, "there is no "+strconv.Quote(r.Method+" "+r.URL.Path)+", only /tables, /tables/<table>/rows and /transactions")
	}
}

// list describes all tables.
func (d *database) list() any {
	type table struct {
		Table   string   `json:"table"`
		Key     string   `json:"key"`
		Columns []string `json:"columns"`
		Rows    int      `json:"rows"`
	}
	out := []table{}
	for _, name := range d.Tables() {
		t := d.tables[name]
		one := table{Table: name, Key: t.key, Rows: len(t.rows)}
		for _, c := range t.columns {
			one.Columns = append(one.Columns, c.Name+" "+c.Type)
		}
		out = append(out, one)
	}
	return out
}

func (d *database) createTable(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Table   string   `json:"table"`
		Key     string   `json:"key"`
		Columns []string `json:"columns"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		problem(w, http.StatusBadRequest, "the body is not JSON: "+err.Error())
		return
	}
	if _, err := d.create(in.Table, in.Key, in.Columns); err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	d.world.journal.Append(brokers.Event{Kind: brokers.Declared, Source: d.name(), Place: in.Table, N: int64(len(in.Columns))})
	answer(w, http.StatusCreated, in)
}

// serveRows answers a request about the rows of a table.
func (d *database) serveRows(w http.ResponseWriter, r *http.Request, parts []string) {
	t := d.tables[parts[1]]
	switch {
	case t == nil:
		problem(w, http.StatusNotFound, "there is no table "+strconv.Quote(parts[1]))
	case len(parts) == 3 && r.Method == http.MethodGet:
		d.selectRows(w, r, t)
	case len(parts) == 3 && r.Method == http.MethodPost, len(parts) == 4 && (r.Method == http.MethodPatch || r.Method == http.MethodDelete):
		d.changeRow(w, r, t, parts[3:])
	default:
		problem(w, http.StatusMethodNotAllowed, "want GET or POST for rows, PATCH or DELETE for one row")
	}
}

// changeRow makes one statement, in a transaction if the request names one.
func (d *database) changeRow(w http.ResponseWriter, r *http.Request, t *dbTable, id []string) {
	var given map[string]any
	if r.Method != http.MethodDelete {
		if err := json.NewDecoder(r.Body).Decode(&given); err != nil {
			problem(w, http.StatusBadRequest, "the body is no JSON object: "+err.Error())
			return
		}
	}
	if d.requests++; d.requests == d.refused {
		d.world.journal.Append(brokers.Event{Kind: brokers.Refused, Source: d.name(), Place: t.name, Reason: serviceRefusal})
		problem(w, http.StatusServiceUnavailable, "nothing was changed; try again later")
		return
	}
	if !d.world.journal.Room() {
		d.world.overQuota("events in the journal")
		problem(w, http.StatusInsufficientStorage, "quota: this lab records no more events")
		return
	}
	var c dbChange
	var err error
	now := d.world.clock.Now()
	code := http.StatusOK
	switch r.Method {
	case http.MethodPost:
		code = http.StatusCreated
		c, err = d.insert(t, given, now)
	case http.MethodPatch:
		c, err = t.update(id[0], given, now)
	default:
		code = http.StatusNoContent
		c, err = t.remove(id[0])
	}
	if err == nil {
		err = d.perform(c, r.URL.Query().Get("transaction"))
	}
	switch {
	case err != nil:
		problem(w, http.StatusConflict, err.Error())
	case code == http.StatusNoContent:
		w.WriteHeader(code)
	default:
		answer(w, code, t.json(c.row))
	}
}

// perform makes a change at once, or keeps it for a commit.
func (d *database) perform(c dbChange, transaction string) error {
	if transaction == "" {
		d.do(c, brokers.Effect)
		return nil
	}
	held, open := d.transactions[transaction]
	switch {
	case !open:
		return fmt.Errorf("there is no open transaction %q", transaction)
	case len(held) >= maxChanges:
		return fmt.Errorf("quota: at most %d changes in a transaction", maxChanges)
	}
	d.transactions[transaction] = append(held, c)
	return nil
}

func (d *database) serveTransaction(w http.ResponseWriter, r *http.Request, parts []string) {
	switch {
	case r.Method != http.MethodPost:
		problem(w, http.StatusMethodNotAllowed, "want POST")
	case len(parts) == 0 && len(d.transactions) >= maxTransactions:
		problem(w, http.StatusInsufficientStorage, fmt.Sprintf("quota: at most %d open transactions", maxTransactions))
	case len(parts) == 0:
		d.last++
		id := strconv.Itoa(d.last)
		d.transactions[id] = []dbChange{}
		answer(w, http.StatusCreated, map[string]string{"transaction": id})
	case len(parts) == 2 && (parts[1] == "commit" || parts[1] == "rollback"):
		held, open := d.transactions[parts[0]]
		if !open {
			problem(w, http.StatusNotFound, "there is no open transaction "+strconv.Quote(parts[0]))
			return
		}
		delete(d.transactions, parts[0])
		if parts[1] == "commit" {
			for _, c := range held {
				d.do(c, brokers.Effect)
			}
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		problem(w, http.StatusNotFound, "want /transactions, /transactions/<n>/commit or /transactions/<n>/rollback")
	}
}

// selectRows answers with the rows that all conditions of the query hold for: column, or
// column_gt for greater than. Numbers and times are compared as numbers.
func (d *database) selectRows(w http.ResponseWriter, r *http.Request, t *dbTable) {
	out := []map[string]any{}
	query := r.URL.Query()
	for _, row := range d.Rows(t.name) {
		plain := t.json(row)
		keep := true
		for name, values := range query {
			column, greater := strings.CutSuffix(name, "_gt")
			v, ok := plain[column]
			if !ok {
				problem(w, http.StatusBadRequest, "there is no column "+strconv.Quote(column))
				return
			}
			keep = keep && holdsFor(v, values[0], greater)
		}
		if keep {
			out = append(out, plain)
		}
	}
	answer(w, http.StatusOK, out)
}

// holdsFor compares a value with the text of a condition.
func holdsFor(v any, with string, greater bool) bool {
	if !greater {
		return fmt.Sprint(v) == with
	}
	want, err := strconv.ParseFloat(with, 64)
	switch n := v.(type) {
	case int64:
		return err == nil && float64(n) > want
	case float64:
		return err == nil && n > want
	}
	return fmt.Sprint(v) > with
}
