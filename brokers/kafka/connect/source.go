package connect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A source polls tables. It asks for what is new by id, by time of change or by both, or
// for everything, and cannot see more than such questions show: no deletes, no change that
// leaves the time alone, of several changes between two polls the last, and no row whose
// transaction commits after a later one was read.
type source struct {
	t      *task
	plugin Plugin
	config map[string]string
	tables []*polled
	chain  []transform
	key    converter
	value  converter
	every  time.Duration
	batch  int
}

// A polled is one table.
type polled struct {
	name   string
	at     position // up to where rows were given to Kafka and taken by it
	stored position
	asked  position // up to where rows were selected
}

func newSource(t *task) (*source, error) {
	s := &source{t: t, plugin: t.c.plugin, config: t.c.config}
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.TrimSpace(s.plugin.get(s.config, name))) // validated
		return n
	}
	s.every = time.Duration(number("poll.interval.ms")) * time.Millisecond
	s.batch = number("batch.max.rows")
	s.key, s.value = converterOf(s.config, "key"), converterOf(s.config, "value")
	var err error
	if s.chain, err = chainOf(s.config); err != nil {
		return nil, err
	}
	for i, name := range list(s.config["table.whitelist"]) {
		if i%len(t.c.tasks) == t.id {
			s.tables = append(s.tables, &polled{name: name})
		}
	}
	return s, nil
}

// start reads the stored positions and begins to poll.
func (s *source) start() error {
	db := s.t.c.w.cfg.Database
	if db == nil {
		return fmt.Errorf("org.apache.kafka.connect.errors.ConnectException: Unable to connect to %s: this lab has no database", s.config["connection.url"])
	}
	for _, table := range s.tables {
		if db.Columns(table.name) == nil {
			return fmt.Errorf("org.apache.kafka.connect.errors.ConnectException: Table %s does not exist; the database has %s", table.name, strings.Join(db.Tables(), ", "))
		}
		if err := s.columns(table.name, db.Columns(table.name)); err != nil {
			return err
		}
		table.at = s.t.c.w.stored(s.t.c.name, table.name)
		table.asked, table.stored = table.at, table.at
	}
	s.t.after(0, s.poll)
	s.t.after(flushInterval, s.flushLater)
	return nil
}

// columns checks that the columns of the mode are there and of a type that can do it.
func (s *source) columns(table string, have []Column) error {
	mode := s.config["mode"]
	want := func(setting, kind string) error {
		name := s.config[setting]
		i := slices.IndexFunc(have, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return fmt.Errorf("org.apache.kafka.connect.errors.ConnectException: %s %q: table %s has no such column", setting, name, table)
		}
		if have[i].Type != kind {
			return fmt.Errorf("org.apache.kafka.connect.errors.ConnectException: %s %q: the column is of type %s, want %s", setting, name, have[i].Type, kind)
		}
		return nil
	}
	if mode == incrementing || mode == both {
		if err := want("incrementing.column.name", "int"); err != nil {
			return err
		}
	}
	if mode == timestamp || mode == both {
		return want("timestamp.column.name", "timestamp")
	}
	return nil
}

// stop stores how far it came.
func (s *source) stop() { s.flush() }

func (s *source) quit() {}

func (s *source) forget() {}

// poll asks every table once, and again after the interval.
func (s *source) poll() {
	life, step := s.t.c.w.life, s.t.step
	for _, table := range s.tables {
		rows := s.selectRows(table)
		for _, row := range rows {
			if err := s.give(table, row); err != nil {
				s.t.fail(err)
				return
			}
			if !s.t.c.w.live(life) || s.t.step != step {
				return
			}
		}
	}
	s.t.after(s.every, s.poll)
}

// selectRows is the question of the mode.
func (s *source) selectRows(table *polled) []map[string]any {
	db := s.t.c.w.cfg.Database
	id, changed := s.config["incrementing.column.name"], s.config["timestamp.column.name"]
	now := s.t.c.w.cfg.Clock.Now().UnixMilli()
	mode := s.config["mode"]
	rows := slices.DeleteFunc(slices.Clone(db.Rows(table.name)), func(row map[string]any) bool {
		return !table.asked.wants(mode, row[id], row[changed], now)
	})
	slices.SortStableFunc(rows, func(a, b map[string]any) int {
		byID := cmp.Compare(number(a[id]), number(b[id]))
		if mode == timestamp || mode == both {
			return cmp.Or(cmp.Compare(number(a[changed]), number(b[changed])), byID)
		}
		return byID
	})
	if mode == bulk {
		return rows
	}
	return rows[:min(len(rows), s.batch)]
}

// wants says whether a row is new. A time that is now is left for the next poll: more rows
// may still get it.
func (p position) wants(mode string, id, changed any, now int64) bool {
	at, hasTime := changed.(time.Time)
	ms := int64(0)
	if hasTime {
		ms = at.UnixMilli()
	}
	n, hasID := id.(int64)
	newTime := hasTime && ms < now && (p.Timestamp == nil || ms > *p.Timestamp)
	newID := hasID && (p.Incrementing == nil || n > *p.Incrementing)
	switch mode {
	case bulk:
		return true
	case incrementing:
		return newID
	case timestamp:
		return newTime
	}
	sameTime := hasTime && hasID && p.Timestamp != nil && ms == *p.Timestamp && ms < now
	return hasID && newTime || sameTime && newID
}

// number makes values of columns comparable.
func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case time.Time:
		return v.UnixMilli()
	}
	return 0
}

// give makes a record of a row, transforms it, and sends it. The position moves on when
// Kafka has it, and the row is not asked for again from here on.
func (s *source) give(table *polled, row map[string]any) error {
	w := s.t.c.w
	value := &Struct{}
	for _, c := range w.cfg.Database.Columns(table.name) {
		value.Fields = append(value.Fields, Field{c.Name, c.Type, row[c.Name]})
	}
	at := s.after(table.asked, row)
	table.asked = at
	r, err := apply(s.chain, &Record{Topic: s.config["topic.prefix"] + table.name, Partition: -1, Offset: -1, Time: w.cfg.Clock.Now(), Value: value})
	if err == nil && r == nil {
		table.at = at
		return nil
	}
	var key, bytes []byte
	if err == nil {
		key, err = s.key.bytes(r.Key)
	}
	if err == nil {
		bytes, err = s.value.bytes(r.Value)
	}
	if err != nil {
		if s.plugin.get(s.config, "errors.tolerance") == "all" {
			table.at = at
			return nil // stepped over: a source has no dead letter queue
		}
		return exceeded(err)
	}
	step := s.t.step
	w.send(r.Topic, key, bytes, r.Headers, func(err error) {
		switch {
		case s.t.step != step:
		case err != nil:
			s.t.fail(err)
		default:
			table.at = at
		}
	})
	return nil
}

// after is the position after a row.
func (s *source) after(p position, row map[string]any) position {
	mode := s.config["mode"]
	if n, ok := row[s.config["incrementing.column.name"]].(int64); ok && (mode == incrementing || mode == both) {
		p.Incrementing = &n
	}
	if at, ok := row[s.config["timestamp.column.name"]].(time.Time); ok && (mode == timestamp || mode == both) {
		ms := at.UnixMilli()
		p.Timestamp = &ms
	}
	return p
}

// flushLater stores positions, and again after the interval.
func (s *source) flushLater() {
	s.flush()
	s.t.after(flushInterval, s.flushLater)
}

// flush stores the positions that have moved.
func (s *source) flush() {
	for _, table := range s.tables {
		if same(table.at, table.stored) || s.config["mode"] == bulk {
			continue
		}
		at := table.at
		s.t.c.w.store(s.t.c.name, table.name, at, func(err error) {
			if err == nil {
				table.stored = at
			}
		})
	}
}

func same(a, b position) bool {
	equal := func(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	return equal(a.Incrementing, b.Incrementing) && equal(a.Timestamp, b.Timestamp)
}
