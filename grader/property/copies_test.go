package property

import "github.com/brokerlab/brokerlab/brokers"

var copyParams = map[string]Params{
	"rows-indexed":         {"table": "articles", "service": "search", "except": []any{"bad"}},
	"changes-indexed":      {"table": "articles", "service": "search", "fields": []any{"price"}, "except": []any{"bad"}},
	"one-document-per-row": {"table": "articles", "service": "search"},
	"field-absent":         {"table": "articles", "service": "search", "field": "cost"},
	"read-once":            {"table": "articles", "service": "search", "topic": "t"},
	"kept-aside":           {"table": "articles", "service": "search", "topic": "dlq", "labels": []any{"bad"}},
}

// row adds what a statement makes of a row: with a price, or deleted with none.
func (s *story) row(id string, price any) *story {
	e := brokers.Event{Kind: brokers.Effect, Source: "db", Place: "articles", Key: id, Label: id, Reason: "update"}
	if price == nil {
		e.Reason = "delete"
	} else {
		e.Detail = map[string]any{"fields": map[string]any{"price": price}}
	}
	return s.add(e)
}

// document adds what was put into the index under a key.
func (s *story) document(key, id string, fields map[string]any) *story {
	return s.add(brokers.Event{Kind: brokers.Effect, Source: "search", Place: "articles", Key: key, Label: id, Reason: "put", Detail: map[string]any{"fields": fields}})
}

func (s *story) priced(key, id string, price any) *story {
	return s.document(key, id, map[string]any{"price": price})
}

func (s *story) connect(place, key, reason string) *story {
	return s.add(brokers.Event{Kind: brokers.Refused, Source: "connect", Place: place, Key: key, Reason: reason})
}

func (s *story) unfit(id string) *story {
	return s.add(brokers.Event{Kind: brokers.Refused, Source: "search", Place: "articles", Key: id, Label: id, Reason: "mapper_parsing_exception"})
}

// copiedRulings are the rulings on tables that are copied to an index.
func copiedRulings() []ruling {
	rows := func() *story { return (&story{}).row("1", 10) }
	refused := func() *story { return rows().connect("", "sink.json", "400") }
	failed := func() *story { return rows().connect("sink-0", "", "task FAILED") }
	var all []ruling
	for _, property := range []string{"rows-indexed", "changes-indexed", "one-document-per-row", "field-absent"} {
		all = append(all,
			ruling{property + ": all is well", property, rows().priced("1", "1", 10), "", nil},
			ruling{property + ": no document", property, rows(), "nothing-indexed", nil},
			ruling{property + ": every record was stepped over", property, rows().connect("sink-0", "", "steps over a record: key"), "all-set-aside", nil},
			ruling{property + ": a file was refused", property, refused(), "config-refused", []uint64{2}},
			ruling{property + ": a task failed", property, failed(), "task-failed", []uint64{2}},
		)
	}
	return append(all,
		ruling{"read once", "read-once", rows().stored("t/0", 0, "", "1").row("1", 11).stored("t/0", 1, "", "1"), "", nil},
		ruling{"read again", "read-once", rows().stored("t/0", 0, "", "1").stored("t/0", 1, "", "1"), "read-again", []uint64{1, 3}},
		ruling{"nothing was read", "read-once", rows(), "log-empty", nil},
		ruling{"the source was refused", "read-once", refused(), "config-refused", nil},
		ruling{"the source failed", "read-once", failed(), "task-failed", nil},
		ruling{"one row is missing", "rows-indexed", rows().row("2", 5).priced("1", "1", 10), "row-not-indexed", []uint64{2}},
		ruling{"a bad row may be missing", "rows-indexed", rows().row("bad", 5).unfit("bad").priced("1", "1", 10), "", nil},
		ruling{"a deleted row may be missing", "rows-indexed", rows().row("2", 5).row("2", nil).priced("1", "1", 10), "", nil},
		ruling{"a change is missing", "changes-indexed", rows().priced("1", "1", 10).row("1", 12), "row-stale", []uint64{2, 3}},
		ruling{"a change has come", "changes-indexed", rows().priced("1", "1", 10).row("1", 12).priced("1", "1", 12.0), "", nil},
		ruling{"a repeat under another id", "one-document-per-row", rows().priced("x", "1", 10).crash().priced("y", "1", 10), "indexed-twice", []uint64{2, 3, 4}},
		ruling{"a repeat under the same id", "one-document-per-row", rows().priced("1", "1", 10).crash().priced("1", "1", 10), "", nil},
		ruling{"the secret is out", "field-absent", rows().document("1", "1", map[string]any{"price": 1, "cost": 2}), "field-indexed", []uint64{2}},
		ruling{"the bad one is kept", "kept-aside", rows().row("bad", 1).unfit("bad").stored("dlq/0", 0, "", "bad"), "", nil},
		ruling{"the bad one is gone", "kept-aside", rows().row("bad", 1).unfit("bad"), "not-kept", []uint64{2, 3}},
		ruling{"a good one is kept", "kept-aside", rows().stored("dlq/0", 0, "", "1"), "kept-good", []uint64{2}},
		ruling{"a file was refused", "kept-aside", refused(), "config-refused", nil},
		ruling{"the task failed", "kept-aside", failed().row("bad", 1), "task-failed", nil},
	)
}
