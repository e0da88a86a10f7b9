package inhost

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/connect"
)

// dbPort is where programs find the database.
const dbPort = 8092

// What one database holds at most.
const (
	maxTables       = 50
	maxColumns      = 50
	maxRows         = 10_000 // of all tables
	maxTransactions = 100    // open
	maxChanges      = 1_000  // in one of them
)

// columnTypes are the types of columns.
var columnTypes = []string{"int", "number", "text", "bool", "timestamp"}

// A database has tables, and transactions that are seen when they are committed.
//
//	GET    /tables                                  200 [{"table":…,"key":…,"columns":[…]}]
//	POST   /tables {"table":…,"key":"id","columns":["id int","title text"]}   201
//	GET    /tables/articles/rows?id_gt=3&changed_gt=…&title=…                 200 [{…},…]
//	POST   /tables/articles/rows {"title":…}        201 the row; a key that is missing is the next number
//	PATCH  /tables/articles/rows/3 {"title":…}      200 the row
//	DELETE /tables/articles/rows/3                  204
//	POST   /transactions                            201 {"transaction":"1"}
//	POST   /transactions/1/commit, …/rollback       204
//
// A change with ?transaction=1 is seen by nobody before the commit. A column of the type
// timestamp that a change does not name is the time of the change. Its methods run inside
// the sequencer, so it has no lock.
type database struct {
	world        *world
	tables       map[string]*dbTable
	rows         int
	transactions map[string][]dbChange
	last         int // number of the newest transaction
	held         holdings
	script       int // changes of the lab that are still to come
	requests     int
	refused      int
}

type dbTable struct {
	name    string
	key     string
	columns []connect.Column
	rows    map[string]map[string]any // by the text of the key
	order   []string                  // keys, in the order in which rows came
	next    int64                     // for a key that is missing
}

// A dbChange is one statement. A nil row is a delete.
type dbChange struct {
	kind  string // insert, update or delete
	table *dbTable
	id    string
	row   map[string]any
}

// dbSettings are what a lab says of its database.
type dbSettings struct {
	Tables  map[string]dbTableSettings `json:"tables"`
	Changes []dbStep                   `json:"changes"`
}

type dbTableSettings struct {
	Key     string           `json:"key"`
	Columns []string         `json:"columns"`
	Rows    []map[string]any `json:"rows"`
}

// A dbStep is a change that the lab makes by itself, some time after the world began.
type dbStep struct {
	At     string         `json:"at"`
	Insert string         `json:"insert"` // a table
	Update string         `json:"update"`
	Delete string         `json:"delete"`
	ID     any            `json:"id"`
	Row    map[string]any `json:"row"`
	Commit string         `json:"commit"` // when it is committed; at once if it does not say
}

// dbPast is how old the rows are with which a lab begins.
const dbPast = 24 * time.Hour

// newDatabase makes the lab's tables and rows, and sets the clock for its changes.
func newDatabase(w *world) (service, error) {
	d := &database{world: w, tables: make(map[string]*dbTable), transactions: make(map[string][]dbChange)}
	var s dbSettings
	if err := w.settings(d.name(), &s); err != nil {
		return nil, err
	}
	var err error
	w.seq.Do(func() { err = d.begin(s) })
	return d, err
}

func (d *database) begin(s dbSettings) error {
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		t, err := d.create(name, s.Tables[name].Key, s.Tables[name].Columns)
		if err != nil {
			return err
		}
		for i, given := range s.Tables[name].Rows {
			c, err := d.insert(t, given, d.world.clock.Now().Add(-dbPast))
			if err != nil {
				return fmt.Errorf("table %q: row %d: %w", name, i+1, err)
			}
			d.do(c, brokers.Declared)
		}
	}
	for i, step := range s.Changes {
		if err := d.schedule(step); err != nil {
			return fmt.Errorf("change %d: %w", i+1, err)
		}
	}
	return nil
}

// schedule has a change made when it is due.
func (d *database) schedule(step dbStep) error {
	at, err := time.ParseDuration(step.At)
	if err != nil {
		return fmt.Errorf("at: %w", err)
	}
	commit := at
	if step.Commit != "" {
		if commit, err = time.ParseDuration(step.Commit); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	d.script++
	d.world.clock.AfterFunc(at, func() {
		d.world.seq.Do(func() {
			c, err := d.statement(step)
			if err != nil {
				d.world.fail(fmt.Errorf("db: change at %s: %w", step.At, err))
				return
			}
			if commit == at {
				d.script--
				d.do(c, brokers.Effect)
				return
			}
			d.world.clock.AfterFunc(commit-at, func() {
				d.world.seq.Do(func() {
					d.script--
					d.do(c, brokers.Effect)
				})
			})
		})
	})
	return nil
}

// statement prepares a change of the lab's own.
func (d *database) statement(step dbStep) (dbChange, error) {
	t := d.tables[step.Insert+step.Update+step.Delete]
	if t == nil {
		return dbChange{}, fmt.Errorf("there is no table %q", step.Insert+step.Update+step.Delete)
	}
	switch now := d.world.clock.Now(); {
	case step.Insert != "":
		return d.insert(t, step.Row, now)
	case step.Update != "":
		return t.update(fmt.Sprint(plainNumber(step.ID)), step.Row, now)
	}
	return t.remove(fmt.Sprint(plainNumber(step.ID)))
}

// plainNumber makes an int64 of what JSON made a float of.
func plainNumber(v any) any {
	if f, ok := v.(float64); ok && f == float64(int64(f)) {
		return int64(f)
	}
	return v
}

// create makes a table. Columns are such as "id int".
func (d *database) create(name, key string, columns []string) (*dbTable, error) {
	switch {
	case name == "" || len(name) > maxLabel || strings.ContainsAny(name, "/? "):
		return nil, fmt.Errorf("table %q: want a name of 1 to %d bytes without slash, question mark or space", name, maxLabel)
	case d.tables[name] != nil:
		return nil, fmt.Errorf("table %q is there already", name)
	case len(d.tables) >= maxTables || len(columns) > maxColumns:
		return nil, fmt.Errorf("quota: at most %d tables of %d columns", maxTables, maxColumns)
	}
	t := &dbTable{name: name, key: key, rows: make(map[string]map[string]any), next: 1}
	for _, text := range columns {
		column, kind, _ := strings.Cut(text, " ")
		if !slices.Contains(columnTypes, kind) || column == "" || len(column) > maxLabel {
			return nil, fmt.Errorf("table %q: column %q: want a name and one of %s", name, text, strings.Join(columnTypes, ", "))
		}
		t.columns = append(t.columns, connect.Column{Name: column, Type: kind})
	}
	if !slices.ContainsFunc(t.columns, func(c connect.Column) bool { return c.Name == key }) {
		return nil, fmt.Errorf("table %q: the key %q is none of its columns", name, key)
	}
	d.tables[name] = t
	return t, nil
}

// insert prepares a new row.
func (d *database) insert(t *dbTable, given map[string]any, now time.Time) (dbChange, error) {
	row, err := t.row(given, nil, now)
	if err != nil {
		return dbChange{}, err
	}
	if row[t.key] == nil {
		row[t.key] = t.next
	}
	if n, ok := row[t.key].(int64); ok {
		t.next = max(t.next, n+1)
	}
	id := fmt.Sprint(row[t.key])
	switch {
	case t.rows[id] != nil:
		return dbChange{}, fmt.Errorf("duplicate key %s of table %q", id, t.name)
	case d.rows >= maxRows:
		d.world.overQuota("rows")
		return dbChange{}, fmt.Errorf("quota: this lab holds at most %d rows", maxRows)
	}
	return dbChange{"insert", t, id, row}, nil
}

func (t *dbTable) update(id string, given map[string]any, now time.Time) (dbChange, error) {
	old := t.rows[id]
	if old == nil {
		return dbChange{}, fmt.Errorf("table %q has no row %s", t.name, id)
	}
	row, err := t.row(given, old, now)
	if err == nil && fmt.Sprint(row[t.key]) != id {
		err = fmt.Errorf("the key of row %s cannot be changed", id)
	}
	return dbChange{"update", t, id, row}, err
}

func (t *dbTable) remove(id string) (dbChange, error) {
	if t.rows[id] == nil {
		return dbChange{}, fmt.Errorf("table %q has no row %s", t.name, id)
	}
	return dbChange{"delete", t, id, nil}, nil
}

// row makes a row of what a statement gives, over the one that is there.
func (t *dbTable) row(given, old map[string]any, now time.Time) (map[string]any, error) {
	for name := range given {
		if !slices.ContainsFunc(t.columns, func(c connect.Column) bool { return c.Name == name }) {
			return nil, fmt.Errorf("table %q has no column %q", t.name, name)
		}
	}
	row := make(map[string]any, len(t.columns))
	for _, c := range t.columns {
		v, said := given[c.Name]
		switch {
		case !said && c.Type == "timestamp":
			row[c.Name] = now
		case !said:
			row[c.Name] = old[c.Name]
		default:
			value, err := columnValue(c, v)
			if err != nil {
				return nil, err
			}
			row[c.Name] = value
		}
	}
	return row, nil
}

// columnValue checks a value of JSON against a column.
func columnValue(c connect.Column, v any) (any, error) {
	v = plainNumber(v)
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int64:
		switch c.Type {
		case "int":
			return x, nil
		case "number":
			return float64(x), nil
		case "timestamp":
			return time.UnixMilli(x), nil
		}
	case float64:
		if c.Type == "number" {
			return x, nil
		}
	case bool:
		if c.Type == "bool" {
			return x, nil
		}
	case string:
		if c.Type == "text" {
			return x, nil
		}
		if at, err := time.Parse(time.RFC3339, x); err == nil && c.Type == "timestamp" {
			return at, nil
		}
	}
	return nil, fmt.Errorf("column %q: found %v, want a value of type %s", c.Name, v, c.Type)
}

// do makes a change seen, and journals it.
func (d *database) do(c dbChange, kind brokers.Kind) {
	t := c.table
	switch before := t.rows[c.id]; {
	case c.row == nil && before != nil:
		delete(t.rows, c.id)
		d.held.remove(t.name, c.id)
		t.order = slices.DeleteFunc(t.order, func(id string) bool { return id == c.id })
		d.rows--
	case c.row != nil:
		if before == nil {
			t.order = append(t.order, c.id)
			d.rows++
		}
		t.rows[c.id] = c.row
		d.held.put(t.name, c.id, c.id[:min(len(c.id), maxLabel)])
	}
	d.world.journal.Append(brokers.Event{
		Kind: kind, Source: d.name(), Place: t.name, Key: c.id, Label: c.id[:min(len(c.id), maxLabel)], Message: d.world.numberOf(c.id),
		Reason: c.kind, Detail: detailOf(t.json(c.row)),
	})
}

// maxDetail bounds a row or document that the journal keeps, in bytes of JSON.
const maxDetail = 2048

// detailOf is what the journal keeps of a row or a document: its fields.
func detailOf(fields map[string]any) map[string]any {
	b, err := json.Marshal(fields)
	if err != nil || fields == nil || len(b) > maxDetail {
		return nil
	}
	return map[string]any{"fields": fields}
}

// json writes a row's values as JSON has them.
func (t *dbTable) json(row map[string]any) map[string]any {
	if row == nil {
		return nil
	}
	out := make(map[string]any, len(row))
	for name, v := range row {
		if at, ok := v.(time.Time); ok {
			v = at.UnixMilli()
		}
		out[name] = v
	}
	return out
}

func (d *database) name() string { return "db" }

func (d *database) port() int { return dbPort }

// refuse has the nth change that a client asks for answered with 503.
func (d *database) refuse(nth int) { d.refused = nth }

// Tables, Columns and Rows are what Connect asks.
func (d *database) Tables() []string { return slices.Sorted(maps.Keys(d.tables)) }

// Columns returns nil for a table that is not there.
func (d *database) Columns(table string) []connect.Column {
	if t := d.tables[table]; t != nil {
		return t.columns
	}
	return nil
}

// Rows returns the committed rows in the order in which they came.
func (d *database) Rows(table string) []map[string]any {
	t := d.tables[table]
	if t == nil {
		return nil
	}
	out := make([]map[string]any, 0, len(t.order))
	for _, id := range t.order {
		out = append(out, t.rows[id])
	}
	return out
}

// place draws the database: its rows.
func (d *database) place() brokers.Place { return d.held.draw(d.name(), d.world.numberOf) }
