package labs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// A serviceDocument is a service as lab.yaml has it: a name, or a map with one key, the
// name, and what the service is told.
//
//	services:
//	  - connect
//	  - db:
//	      tables:
//	        articles:
//	          key: id
//	          columns: [id int, title text, changed timestamp]
//	          rows:
//	            - {id: 1, title: Kettle}
//	      changes:
//	        - {at: 2s, update: articles, id: 1, row: {title: Pot}}
//	        - {at: 3s, insert: articles, row: {id: 2, title: Cup}, commit: 6s}
//	        - {at: 4s, delete: articles, id: 1}
//	  - search: {types: {price: number}}
type serviceDocument struct {
	name     string
	settings map[string]any
}

// DBSettings are what a lab may tell its database. A column is a name and one of the types
// int, number, text, bool and timestamp; a change is made by itself some time after the
// lab began.
type DBSettings struct {
	Tables map[string]struct {
		Key     string           `yaml:"key"`
		Columns []string         `yaml:"columns"`
		Rows    []map[string]any `yaml:"rows"`
	} `yaml:"tables"`
	Changes []struct {
		At     time.Duration  `yaml:"at"`
		Insert string         `yaml:"insert"`
		Update string         `yaml:"update"`
		Delete string         `yaml:"delete"`
		ID     any            `yaml:"id"`
		Row    map[string]any `yaml:"row"`
		Commit time.Duration  `yaml:"commit"` // when others see it; at once if it does not say
	} `yaml:"changes"`
}

// SearchSettings are what a lab may tell its search index: fields that must be of a type,
// which is number, text, bool or date, such as 2026-11-17.
type SearchSettings struct {
	Types map[string]string `yaml:"types"`
}

// UnmarshalYAML reads the name, and the settings strictly.
func (s *serviceDocument) UnmarshalYAML(node *yaml.Node) error {
	wrong := func(n *yaml.Node, format string, args ...any) error {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(format, args...)}}
	}
	if node.Kind == yaml.ScalarNode {
		s.name = node.Value
		return nil
	}
	if node.Kind != yaml.MappingNode || len(node.Content) != 2 {
		return wrong(node, "found %s, expected the name of a service, or the name and its settings", foundIn(node))
	}
	s.name = node.Content[0].Value
	settings := node.Content[1]
	var known any
	switch s.name {
	case "db":
		known = &DBSettings{}
	case "search":
		known = &SearchSettings{}
	default:
		return wrong(node, "service %q: found settings, expected none: only db and search have some", s.name)
	}
	if err := strictly(settings, known); err != nil {
		return err
	}
	if db, ok := known.(*DBSettings); ok {
		if err := db.check(settings); err != nil {
			return err
		}
	}
	return settings.Decode(&s.settings)
}

// strictly decodes a node, and refuses keys that the type does not have.
func strictly(node *yaml.Node, into any) error {
	b, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", node.Line, strings.ReplaceAll(err.Error(), "\n", " "))}}
	}
	return nil
}

// columnTypes are the types that a column may have.
var columnTypes = []string{"int", "number", "text", "bool", "timestamp"}

// check looks whether tables and changes fit together.
func (s *DBSettings) check(node *yaml.Node) error {
	wrong := func(format string, args ...any) error {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: db: ", node.Line) + fmt.Sprintf(format, args...)}}
	}
	columns := make(map[string][]string)
	for name, t := range s.Tables {
		for _, c := range t.Columns {
			column, kind, _ := strings.Cut(c, " ")
			if !slices.Contains(columnTypes, kind) {
				return wrong("table %q: column %q: expected a name and one of %s", name, c, strings.Join(columnTypes, ", "))
			}
			columns[name] = append(columns[name], column)
		}
		if !slices.Contains(columns[name], t.Key) {
			return wrong("table %q: key: found %q, expected one of %s", name, t.Key, strings.Join(columns[name], ", "))
		}
		for _, row := range t.Rows {
			if c := stranger(row, columns[name]); c != "" {
				return wrong("table %q: a row has the column %q, expected one of %s", name, c, strings.Join(columns[name], ", "))
			}
		}
	}
	for i, c := range s.Changes {
		table := c.Insert + c.Update + c.Delete
		switch {
		case columns[table] == nil:
			return wrong("change %d: found the table %q, expected exactly one of insert, update and delete with a table that is there", i+1, table)
		case c.At <= 0 || c.Commit != 0 && c.Commit <= c.At:
			return wrong("change %d: at and commit: expected a time, such as 2s, and a later one", i+1)
		case c.Insert == "" && c.ID == nil:
			return wrong("change %d: id is missing: which row?", i+1)
		case stranger(c.Row, columns[table]) != "":
			return wrong("change %d: column %q: expected one of %s", i+1, stranger(c.Row, columns[table]), strings.Join(columns[table], ", "))
		}
	}
	return nil
}

// stranger is a column of a row that the table does not have.
func stranger(row map[string]any, columns []string) string {
	for name := range row {
		if !slices.Contains(columns, name) {
			return name
		}
	}
	return ""
}
