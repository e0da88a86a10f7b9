package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A converter turns keys or values into the bytes of records, and back.
type converter struct {
	text    bool // StringConverter; else JsonConverter
	schemas bool // schemas.enable of a JsonConverter
}

const (
	jsonConverter   = "org.apache.kafka.connect.json.JsonConverter"
	stringConverter = "org.apache.kafka.connect.storage.StringConverter"
)

// converterOf reads the converter of "key" or "value" from a connector's configuration.
func converterOf(config map[string]string, of string) converter {
	return converter{
		text:    config[of+".converter"] == stringConverter,
		schemas: config[of+".converter.schemas.enable"] == "true",
	}
}

// bytes are what is written for a value; nil for none.
func (c converter) bytes(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	if c.text {
		if s, ok := v.(string); ok {
			return []byte(s), nil
		}
		return encode(v)
	}
	payload, err := encode(v)
	if err != nil || !c.schemas {
		return payload, err
	}
	schema, err := json.Marshal(schemaOf(v, "", ""))
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(`{"schema":`), schema, []byte(`,"payload":`), payload, []byte("}")), nil
}

// encode writes a value as JSON, fields in order.
func encode(v any) ([]byte, error) {
	switch v := v.(type) {
	case time.Time:
		return strconv.AppendInt(nil, v.UnixMilli(), 10), nil
	case *Struct:
		out := []byte{'{'}
		for i, f := range v.Fields {
			if i > 0 {
				out = append(out, ',')
			}
			name, err := json.Marshal(f.Name)
			if err != nil {
				return nil, err
			}
			value, err := encode(f.Value)
			if err != nil {
				return nil, err
			}
			out = append(append(append(out, name...), ':'), value...)
		}
		return append(out, '}'), nil
	}
	return json.Marshal(v)
}

// typeNames are the types of Connect's schemas by those of columns.
var typeNames = map[string]string{"int": "int64", "number": "double", "text": "string", "bool": "boolean", "timestamp": "int64"}

// schemaOf describes a value. A field of a table may be empty; a column's type says what
// it is then.
func schemaOf(v any, field, column string) map[string]any {
	out := map[string]any{"optional": field != ""}
	if field != "" {
		out["field"] = field
	}
	if name, ok := typeNames[column]; ok {
		out["type"] = name
	}
	switch v := v.(type) {
	case *Struct:
		fields := make([]map[string]any, 0, len(v.Fields))
		for _, f := range v.Fields {
			fields = append(fields, schemaOf(f.Value, f.Name, f.Type))
		}
		out["type"], out["fields"] = "struct", fields
	case bool:
		out["type"] = "boolean"
	case int64:
		out["type"] = "int64"
	case float64:
		out["type"] = "double"
	case time.Time:
		column = "timestamp"
		out["type"] = "int64"
	case string:
		out["type"] = "string"
	}
	if column == "timestamp" {
		out["name"], out["version"] = "org.apache.kafka.connect.data.Timestamp", 1
	}
	return out
}

// maxDepth bounds how deep the JSON of a record may be nested.
const maxDepth = 64

// value reads the bytes of a record.
func (c converter) value(b []byte) (any, error) {
	if b == nil {
		return nil, nil
	}
	if c.text {
		return string(b), nil
	}
	v, err := decode(b)
	if err != nil {
		return nil, dataError("Converting byte[] to Kafka Connect data failed due to serialization error: " + err.Error())
	}
	if !c.schemas {
		return v, nil
	}
	s, ok := v.(*Struct)
	payload, there := any(nil), false
	if ok {
		payload, there = s.Get("payload")
	}
	if _, schema := s.orEmpty().Get("schema"); !there || !schema || len(s.Fields) != 2 {
		return nil, dataError(`JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.`)
	}
	return payload, nil
}

func (s *Struct) orEmpty() *Struct {
	if s == nil {
		return &Struct{}
	}
	return s
}

// decode reads one JSON value. The fields of objects are put in the order of their names.
func decode(b []byte) (any, error) {
	if depth(b) > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("something follows the value")
	}
	return ordered(v), nil
}

// depth is how deep brackets are nested outside of strings.
func depth(b []byte) (most int) {
	now, text := 0, false
	for i := 0; i < len(b); i++ {
		switch {
		case text && b[i] == '\\':
			i++
		case b[i] == '"':
			text = !text
		case text:
		case b[i] == '{' || b[i] == '[':
			now++
			most = max(most, now)
		case b[i] == '}' || b[i] == ']':
			now--
		}
	}
	return most
}

func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		s := &Struct{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			s.Fields = append(s.Fields, Field{Name: name, Value: ordered(v[name])})
		}
		return s
	case []any:
		for i := range v {
			v[i] = ordered(v[i])
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

// textOf writes a primitive value as text, as an id of a document has it.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int64, float64:
		return fmt.Sprint(v), true
	case time.Time:
		return strconv.FormatInt(v.UnixMilli(), 10), true
	}
	return "", false
}

// A dataError is a DataException: a record is not what it should be.
type dataError string

func (e dataError) Error() string {
	return "org.apache.kafka.connect.errors.DataException: " + strings.TrimSpace(string(e))
}
