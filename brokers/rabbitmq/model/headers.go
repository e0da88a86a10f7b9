package model

import (
	"bytes"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// headers gives a message to the bindings whose arguments its headers match. The
// routing key does not count.
type headers struct{ bindings []*binding }

// A headerPattern is a binding's arguments, read: the x-match argument says how
// many of the others must be among the headers.
type headerPattern struct {
	any  bool       // one is enough; else all must be there
	want wire.Table // a nil value asks only that the header is there
}

func (h *headers) add(b *binding) error {
	var err error
	if b.pattern, err = newHeaderPattern(b.table); err != nil {
		return err
	}
	h.bindings = append(h.bindings, b)
	return nil
}

func (h *headers) remove(b *binding) { h.bindings = without(h.bindings, b) }

func (h *headers) route(r *routing, _ string, headers wire.Table) {
	byName := make(map[string]any, len(headers))
	for _, f := range headers {
		byName[f.Name] = f.Value
	}
	for _, b := range h.bindings {
		if b.pattern.matches(byName) {
			r.add(b.to)
		}
	}
}

// newHeaderPattern reads the arguments of a binding. Names that begin with x- are
// looked at only if x-match says so.
func newHeaderPattern(arguments wire.Table) (*headerPattern, error) {
	mode := any("all")
	if value, ok := arguments.Get("x-match"); ok {
		mode = value
	}
	text, ok := mode.(string)
	if !ok {
		return nil, Errorf(PreconditionFailed, "Invalid x-match field type %s (value %s); expected longstr", typeName(mode), erlang(mode))
	}
	p := &headerPattern{any: strings.HasPrefix(text, "any")}
	withX := strings.HasSuffix(text, "-with-x")
	if kind := strings.TrimSuffix(text, "-with-x"); kind != "all" && kind != "any" {
		return nil, Errorf(PreconditionFailed, "Invalid x-match field value %s; expected all, any, all-with-x, or any-with-x", erlang(mode))
	}
	for _, f := range arguments {
		if f.Name != "x-match" && (withX || !strings.HasPrefix(f.Name, "x-")) {
			p.want = append(p.want, f)
		}
	}
	return p, nil
}

func (p *headerPattern) matches(headers map[string]any) bool {
	for _, f := range p.want {
		value, ok := headers[f.Name]
		ok = ok && (f.Value == nil || sameValue(f.Value, value))
		if ok == p.any {
			return p.any
		}
	}
	return !p.any
}

// sameValue compares two field values. Numbers are equal when they are the same
// number, however they were sent.
func sameValue(a, b any) bool {
	if x, ok := wholeNumber(a); ok {
		if y, ok := wholeNumber(b); ok {
			return x == y
		}
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	one, other := wire.Table{{Value: a}}, wire.Table{{Value: b}}
	return bytes.Equal(wire.AppendTable(nil, one), wire.AppendTable(nil, other))
}

func wholeNumber(value any) (int64, bool) {
	switch n := value.(type) {
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case int16:
		return int64(n), true
	case uint16:
		return int64(n), true
	case int32:
		return int64(n), true
	case uint32:
		return int64(n), true
	case int64:
		return n, true
	case uint64:
		return int64(n), n < 1<<63
	}
	return 0, false
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case float32:
		return float64(n), true
	case float64:
		return n, true
	}
	n, ok := wholeNumber(value)
	return float64(n), ok
}
