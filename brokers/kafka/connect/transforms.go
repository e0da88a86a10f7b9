package connect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/brokers"
)

// A transform changes one record at a time; nil means that it is dropped.
type transform struct {
	change    func(*Record) (*Record, error)
	predicate func(*Record) bool // nil: always
	negate    bool
}

// apply runs a chain of transforms.
func apply(chain []transform, r *Record) (*Record, error) {
	for _, t := range chain {
		if t.predicate != nil && t.predicate(r) == t.negate {
			continue
		}
		var err error
		if r, err = t.change(r); err != nil || r == nil {
			return nil, err
		}
	}
	return r, nil
}

// A maker reads the settings of one transform, which are below a prefix.
type maker struct {
	fields []Setting
	make   func(get func(string) string, key bool) (func(*Record) (*Record, error), error)
}

const transformPackage = "org.apache.kafka.connect.transforms."

// makers are the transforms by their class, without the package and what follows "$".
var makers = map[string]maker{
	"InsertField": {[]Setting{
		{Name: "static.field"}, {Name: "static.value"}, {Name: "timestamp.field"}, {Name: "topic.field"}, {Name: "partition.field"}, {Name: "offset.field"},
	}, insertField},
	"ReplaceField": {[]Setting{{Name: "exclude", Type: "LIST"}, {Name: "include", Type: "LIST"}, {Name: "renames", Type: "LIST"}}, replaceField},
	"Filter":       {nil, filter},
	"ValueToKey":   {[]Setting{{Name: "fields", Type: "LIST", Required: true}}, valueToKey},
	"ExtractField": {[]Setting{{Name: "field", Required: true}}, extractField},
}

// sided are the transforms of a key or a value: their class ends in $Key or $Value.
var sided = []string{"InsertField", "ReplaceField", "ExtractField"}

// classOf takes a transform's class apart.
func classOf(class string) (name string, key bool, err error) {
	name, side, _ := strings.Cut(strings.TrimPrefix(class, transformPackage), "$")
	_, known := makers[name]
	switch wants := slices.Contains(sided, name); {
	case !known, !wants && side != "", wants && side != "Key" && side != "Value":
		return "", false, said(fmt.Sprintf("Class %s could not be found.", class))
	}
	return name, side == "Key", nil
}

// predicates by their class, without the package.
var predicates = map[string]struct {
	fields []Setting
	make   func(get func(string) string) (func(*Record) bool, error)
}{
	"TopicNameMatches": {[]Setting{{Name: "pattern", Required: true}}, func(get func(string) string) (func(*Record) bool, error) {
		re, err := brokers.CompilePattern("^(?:" + get("pattern") + ")$")
		if err != nil {
			return nil, err
		}
		return func(r *Record) bool { return re.MatchString(r.Topic) }, nil
	}},
	"RecordIsTombstone": {nil, func(func(string) string) (func(*Record) bool, error) {
		return func(r *Record) bool { return r.Value == nil }, nil
	}},
	"HasHeaderKey": {[]Setting{{Name: "name", Required: true}}, func(get func(string) string) (func(*Record) bool, error) {
		name := get("name")
		return func(r *Record) bool {
			return slices.ContainsFunc(r.Headers, func(h Header) bool { return h.Name == name })
		}, nil
	}},
}

// predicateClass cuts the package off.
func predicateClass(class string) string {
	return strings.TrimPrefix(class, transformPackage+"predicates.")
}

// chainOf makes the transforms of a configuration that has been validated.
func chainOf(config map[string]string) ([]transform, error) {
	var chain []transform
	for _, alias := range list(config["transforms"]) {
		get := func(name string) string { return config["transforms."+alias+"."+name] }
		name, key, err := classOf(get("type"))
		if err != nil {
			return nil, err
		}
		change, err := makers[name].make(get, key)
		if err != nil {
			return nil, err
		}
		t := transform{change: change, negate: get("negate") == "true"}
		if p := get("predicate"); p != "" {
			below := func(name string) string { return config["predicates."+p+"."+name] }
			made := predicates[predicateClass(below("type"))].make
			if made == nil {
				return nil, fmt.Errorf("predicate %s is not there", p)
			}
			if t.predicate, err = made(below); err != nil {
				return nil, err
			}
		}
		chain = append(chain, t)
	}
	return chain, nil
}

// side is the key or the value of a record.
func side(r *Record, key bool) *any {
	if key {
		return &r.Key
	}
	return &r.Value
}

// fields is the struct that a transform works on; nil for a tombstone.
func fields(r *Record, key bool, purpose string) (*Struct, error) {
	v := *side(r, key)
	if v == nil {
		return nil, nil
	}
	s, ok := v.(*Struct)
	if !ok {
		return nil, dataError(fmt.Sprintf("Only Struct objects supported for [%s], found: %s", purpose, javaName(v)))
	}
	return s, nil
}

func javaName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "java.lang.String"
	case int64:
		return "java.lang.Long"
	case float64:
		return "java.lang.Double"
	case bool:
		return "java.lang.Boolean"
	}
	return "java.util.ArrayList"
}

func insertField(get func(string) string, key bool) (func(*Record) (*Record, error), error) {
	return func(r *Record) (*Record, error) {
		s, err := fields(r, key, "field insertion")
		if err != nil || s == nil {
			return r, err
		}
		if f := get("topic.field"); f != "" {
			s = s.with(Field{Name: f, Type: "text", Value: r.Topic})
		}
		if f := get("partition.field"); f != "" && r.Partition >= 0 {
			s = s.with(Field{Name: f, Type: "int", Value: int64(r.Partition)})
		}
		if f := get("offset.field"); f != "" {
			if r.Partition < 0 {
				return nil, dataError("Offset insertion is only supported for sink connectors")
			}
			s = s.with(Field{Name: f, Type: "int", Value: r.Offset})
		}
		if f := get("timestamp.field"); f != "" {
			s = s.with(Field{Name: f, Type: "timestamp", Value: r.Time})
		}
		if f := get("static.field"); f != "" {
			s = s.with(Field{Name: f, Type: "text", Value: get("static.value")})
		}
		return r.withSide(key, s), nil
	}, nil
}

// withSide returns the record with another key or value.
func (r *Record) withSide(key bool, v any) *Record {
	out := *r
	*side(&out, key) = v
	return &out
}

func replaceField(get func(string) string, key bool) (func(*Record) (*Record, error), error) {
	exclude, include := list(get("exclude")), list(get("include"))
	renames := make(map[string]string)
	for _, pair := range list(get("renames")) {
		from, to, ok := strings.Cut(pair, ":")
		if !ok || from == "" || to == "" {
			return nil, said(fmt.Sprintf("Invalid rename mapping: %s", pair))
		}
		renames[from] = to
	}
	return func(r *Record) (*Record, error) {
		s, err := fields(r, key, "field replacement")
		if err != nil || s == nil {
			return r, err
		}
		out := &Struct{}
		for _, f := range s.Fields {
			if slices.Contains(exclude, f.Name) || len(include) > 0 && !slices.Contains(include, f.Name) {
				continue
			}
			if to, ok := renames[f.Name]; ok {
				f.Name = to
			}
			out.Fields = append(out.Fields, f)
		}
		return r.withSide(key, out), nil
	}, nil
}

func filter(func(string) string, bool) (func(*Record) (*Record, error), error) {
	return func(*Record) (*Record, error) { return nil, nil }, nil
}

func valueToKey(get func(string) string, _ bool) (func(*Record) (*Record, error), error) {
	names := list(get("fields"))
	return func(r *Record) (*Record, error) {
		s, err := fields(r, false, "copying fields from value to key")
		if err != nil {
			return nil, err
		}
		key := &Struct{}
		for _, name := range names {
			i := slices.IndexFunc(s.orEmpty().Fields, func(f Field) bool { return f.Name == name })
			if i < 0 {
				return nil, dataError("Field does not exist: " + name)
			}
			key.Fields = append(key.Fields, s.Fields[i])
		}
		return r.withSide(true, key), nil
	}, nil
}

func extractField(get func(string) string, key bool) (func(*Record) (*Record, error), error) {
	name := get("field")
	return func(r *Record) (*Record, error) {
		s, err := fields(r, key, "field extraction")
		if err != nil || s == nil {
			return r, err
		}
		v, ok := s.Get(name)
		if !ok {
			return nil, fmt.Errorf("java.lang.IllegalArgumentException: Unknown field: %s", name)
		}
		return r.withSide(key, v), nil
	}, nil
}
