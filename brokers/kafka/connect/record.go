package connect

import (
	"encoding/binary"
	"slices"
	"time"
)

// A Record is what goes from a source to a sink, by way of transforms. Keys and values
// are nil, bool, int64, float64, string, time.Time or *Struct, or any JSON where a sink
// has read it.
type Record struct {
	Topic     string
	Partition int32 // -1: not known yet
	Offset    int64
	Time      time.Time
	Key       any
	Value     any
	Headers   []Header

	rawKey, rawValue []byte // as a sink was given them
}

// A Header of a record.
type Header struct {
	Name  string
	Value []byte
}

// A Struct is fields in order.
type Struct struct {
	Fields []Field
}

// A Field of a Struct. Type is one of a Column, or empty where only the value says it.
type Field struct {
	Name  string
	Type  string
	Value any
}

// Get returns a field's value.
func (s *Struct) Get(name string) (any, bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return nil, false
}

// with returns the struct with a field set.
func (s *Struct) with(f Field) *Struct {
	out := &Struct{Fields: slices.Clone(s.Fields)}
	for i := range out.Fields {
		if out.Fields[i].Name == f.Name {
			out.Fields[i] = f
			return out
		}
	}
	out.Fields = append(out.Fields, f)
	return out
}

// packHeaders makes the wire form of headers.
func packHeaders(all []Header) []byte {
	if len(all) == 0 {
		return nil
	}
	out := binary.AppendVarint(nil, int64(len(all)))
	for _, h := range all {
		out = binary.AppendVarint(out, int64(len(h.Name)))
		out = append(out, h.Name...)
		out = binary.AppendVarint(out, int64(len(h.Value)))
		out = append(out, h.Value...)
	}
	return out
}

// unpackHeaders reads headers that the broker has found to be well-formed.
func unpackHeaders(b []byte) (out []Header) {
	take := func() ([]byte, bool) {
		n, size := binary.Varint(b)
		if size <= 0 || n > int64(len(b)-size) {
			return nil, false
		}
		b = b[size:]
		if n < 0 {
			return nil, true
		}
		part := b[:n]
		b = b[n:]
		return part, true
	}
	count, size := binary.Varint(b)
	if size <= 0 {
		return nil
	}
	b = b[size:]
	for ; count > 0; count-- {
		name, ok := take()
		value, also := take()
		if !ok || !also {
			return out
		}
		out = append(out, Header{string(name), value})
	}
	return out
}
