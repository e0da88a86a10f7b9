package property

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// A row of a table as the journal has it, and the documents that were made of it.
type copied struct {
	id        string
	row       brokers.Event            // the newest change of the row
	documents map[string]brokers.Event // by index and id: the newest write
	refused   brokers.Event            // the last write that the index refused; Seq 0 if none
}

// copies follows a table and the index that it is copied to.
type copies struct {
	rows     []*copied // of those that are there at the end, in the order in which they came
	byID     map[string]*copied
	writes   int
	refusal  brokers.Event // Connect refused a configuration; Seq 0 if it did not
	failure  brokers.Event // the last task that failed; Seq 0 if none
	aside    brokers.Event // the last record that a task stepped over; Seq 0 if none
	crash    brokers.Event
	document []brokers.Event // all writes, oldest first
}

// copiesOf reads the changes of a table and the writes to an index.
func copiesOf(events []brokers.Event, table, service string) *copies {
	c := &copies{byID: make(map[string]*copied)}
	gone := make(map[string]bool)
	for _, e := range events {
		switch {
		case e.Source == "connect" && e.Kind == brokers.Refused && e.Key != "" && c.refusal.Seq == 0:
			c.refusal = e
		case e.Source == "connect" && e.Kind == brokers.Refused && e.Key == "" && strings.HasPrefix(e.Reason, "task FAILED"):
			c.failure = e
		case e.Source == "connect" && e.Kind == brokers.Refused && e.Key == "":
			c.aside = e
		case e.Kind == brokers.Crash:
			c.crash = e
		case e.Source == "db" && e.Place == table && e.Reason == "delete":
			gone[e.Label] = true
		case e.Source == "db" && e.Place == table && e.Label != "":
			c.of(e.Label).row = e
			delete(gone, e.Label)
		case e.Source == service && e.Kind == brokers.Refused:
			c.of(e.Label).refused = e
		case e.Source == service && e.Kind == brokers.Effect:
			c.write(e)
		}
	}
	c.rows = slices.DeleteFunc(c.rows, func(r *copied) bool { return r.row.Seq == 0 || gone[r.id] })
	return c
}

func (c *copies) of(id string) *copied {
	if c.byID[id] == nil {
		c.byID[id] = &copied{id: id, documents: make(map[string]brokers.Event)}
		c.rows = append(c.rows, c.byID[id])
	}
	return c.byID[id]
}

// write notes a document that was put or deleted.
func (c *copies) write(e brokers.Event) {
	r, key := c.of(e.Label), e.Place+" "+e.Key
	if e.Reason == "delete" {
		delete(r.documents, key)
		return
	}
	c.writes++
	c.document = append(c.document, e)
	r.documents[key] = e
}

// refused says why nothing could be copied, if a configuration was refused or a task
// failed.
func (c *copies) refused() (Result, bool) {
	switch {
	case c.refusal.Seq > 0:
		return fails("config-refused", Facts{Queue: c.refusal.Key, What: c.refusal.Reason}, c.refusal.Seq), true
	case c.failure.Seq > 0:
		return fails("task-failed", Facts{Queue: c.failure.Place, What: c.failure.Reason, Label: c.failure.Label}, c.failure.Seq), true
	}
	return Result{}, false
}

// nothing says why there is no document at all: a sink stepped over every record, or had none.
func (c *copies) nothing(f Facts, events ...uint64) Result {
	if c.aside.Seq == 0 {
		return fails("nothing-indexed", f, events...)
	}
	f.Queue, f.What = c.aside.Place, c.aside.Reason
	return fails("all-set-aside", f, append(events, c.aside.Seq)...)
}

// newest is one document of a row: that which was written last.
func (r *copied) newest() (e brokers.Event) {
	for _, d := range r.documents {
		if d.Seq > e.Seq {
			e = d
		}
	}
	return e
}

// rowsIndexed holds when every row of a table is found in an index. Parameters: table,
// service; except: ids of rows that cannot be.
func rowsIndexed(events []brokers.Event, p Params) Result {
	c := copiesOf(events, p.text("table"), p.text("service"))
	except := texts(p["except"])
	for _, r := range c.rows {
		if len(r.documents) > 0 || slices.Contains(except, r.id) {
			continue
		}
		if failed, ok := c.refused(); ok {
			return failed
		}
		f := Facts{Label: r.id, Service: p.text("service"), Queue: p.text("table")}
		if c.writes == 0 {
			return c.nothing(f, r.row.Seq)
		}
		return fails("row-not-indexed", f, r.row.Seq, r.refused.Seq)
	}
	return holds
}

// changesIndexed holds when the newest document of every row says what the row says.
// Parameters: table, service, fields; except.
func changesIndexed(events []brokers.Event, p Params) Result {
	c := copiesOf(events, p.text("table"), p.text("service"))
	except := texts(p["except"])
	if failed, ok := c.refused(); ok {
		return failed // whatever has come before that
	}
	for _, r := range c.rows {
		e := r.newest()
		if e.Seq == 0 || slices.Contains(except, r.id) {
			continue // rows-indexed says that
		}
		row, document := fieldsOf(r.row), fieldsOf(e)
		for _, name := range texts(p["fields"]) {
			if same(row[name], document[name]) {
				continue
			}
			f := Facts{Label: r.id, Service: p.text("service"), Key: name, Pattern: inJSON(row[name]), To: inJSON(document[name])}
			return fails("row-stale", f, e.Seq, r.row.Seq)
		}
	}
	if c.writes == 0 {
		return c.nothing(Facts{})
	}
	return holds
}

// oneDocument holds when no row has two documents. Parameters: table, service.
func oneDocument(events []brokers.Event, p Params) Result {
	c := copiesOf(events, p.text("table"), p.text("service"))
	for _, r := range c.rows {
		if len(r.documents) < 2 {
			continue
		}
		f := Facts{Label: r.id, Service: p.text("service"), Count: len(r.documents)}
		var all []uint64
		for _, e := range r.documents {
			all = append(all, e.Seq)
		}
		slices.Sort(all)
		last := r.newest()
		f.Key = last.Key
		f.Crashed = c.crash.Seq > 0 && c.crash.Seq < last.Seq
		if f.Crashed {
			all = append(all, c.crash.Seq)
		}
		return fails("indexed-twice", f, all...)
	}
	return unreachedIf(c)
}

// fieldAbsent holds when no document has a field. Parameters: service, field; table.
func fieldAbsent(events []brokers.Event, p Params) Result {
	c := copiesOf(events, p.text("table"), p.text("service"))
	for _, e := range c.document {
		if v, ok := fieldsOf(e)[p.text("field")]; ok {
			return fails("field-indexed", Facts{Label: e.Label, Service: p.text("service"), Key: p.text("field"), What: inJSON(v)}, e.Seq)
		}
	}
	return unreachedIf(c)
}

// keptAside holds when a topic has the records of just these rows. Parameters: topic,
// labels; table, service.
func keptAside(events []brokers.Event, p Params) Result {
	c := copiesOf(events, p.text("table"), p.text("service"))
	topic, want := p.text("topic"), texts(p["labels"])
	kept := make(map[string]brokers.Event)
	for _, e := range events {
		if e.Kind == brokers.Published && inTopic(e.Place, topic) {
			kept[e.Label] = e
			if !slices.Contains(want, e.Label) {
				return fails("kept-good", Facts{Label: e.Label, Queue: topic, Service: p.text("service")}, e.Seq)
			}
		}
	}
	for _, id := range want {
		if kept[id].Seq > 0 {
			continue
		}
		if failed, ok := c.refused(); ok {
			return failed
		}
		r := c.of(id)
		return unreached(r.refused.Seq == 0, fails("not-kept", Facts{Label: id, Queue: topic, Service: p.text("service")}, r.row.Seq, r.refused.Seq))
	}
	return holds
}

// readOnce holds when no more records are written of a row than it has had changes: a
// source that asks for everything each time it asks writes everything each time.
// Parameters: table, service, topic.
func readOnce(events []brokers.Event, p Params) Result {
	table, topic := p.text("table"), p.text("topic")
	c := copiesOf(events, table, p.text("service"))
	changes, records := make(map[string]int), make(map[string]int)
	total := 0
	for _, e := range events {
		switch {
		case e.Source == "db" && e.Place == table:
			changes[e.Label]++
		case e.Kind == brokers.Published && inTopic(e.Place, topic):
			total++
			if records[e.Label]++; records[e.Label] > changes[e.Label] && changes[e.Label] > 0 {
				f := Facts{Label: e.Label, Message: e.Message, Queue: topic, Count: records[e.Label], Max: changes[e.Label]}
				return fails("read-again", f, c.of(e.Label).row.Seq, e.Seq)
			}
		}
	}
	if total == 0 {
		if failed, ok := c.refused(); ok {
			return unreached(true, failed)
		}
		return unreached(true, fails("log-empty", Facts{Queue: topic}))
	}
	return holds
}

// unreachedIf fails what cannot be told because nothing was copied.
func unreachedIf(c *copies) Result {
	if c.writes > 0 {
		return holds
	}
	if failed, ok := c.refused(); ok {
		return unreached(true, failed)
	}
	return unreached(true, c.nothing(Facts{}))
}

// fieldsOf are the fields of a row or document that the journal has kept.
func fieldsOf(e brokers.Event) map[string]any {
	fields, _ := e.Detail["fields"].(map[string]any)
	return fields
}

// same compares two values as JSON does.
func same(a, b any) bool { return reflect.DeepEqual(a, b) || inJSON(a) == inJSON(b) }

func inJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil || v == nil {
		return "–"
	}
	return string(b)
}
