package wire

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A Table is a field table: named values in the order in which they were sent.
// The letters are RabbitMQ's, not the specification's, which no broker follows:
//
//	t bool     b int8     B uint8    s int16    u uint16   I int32   i uint32
//	l int64    L uint64   f float32  d float64  D Decimal  T Timestamp
//	S string   x []byte   A []any    F Table    V nil
type Table []Field

// A Field is one entry of a Table.
type Field struct {
	Name  string
	Value any // of one of the types that Table lists
}

// A Decimal is Digits divided by ten to the power of Scale.
type Decimal struct {
	Scale  uint8
	Digits uint32
}

// A Timestamp is a time in seconds since 1970.
type Timestamp uint64

// maxDepth bounds tables within tables, so that a decoder needs little stack.
const maxDepth = 32

// Get returns the value of the first field with that name.
func (t Table) Get(name string) (value any, ok bool) {
	for _, f := range t {
		if f.Name == name {
			return f.Value, true
		}
	}
	return nil, false
}

// With returns a copy of t in which name has value: in its old place, or at the end.
func (t Table) With(name string, value any) Table {
	out := make(Table, len(t), len(t)+1)
	copy(out, t)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = value
			return out
		}
	}
	return append(out, Field{name, value})
}

// Without returns t, or a copy of it, that has no field of that name.
func (t Table) Without(name string) Table {
	if _, ok := t.Get(name); !ok {
		return t
	}
	out := make(Table, 0, len(t))
	for _, f := range t {
		if f.Name != name {
			out = append(out, f)
		}
	}
	return out
}

// DecodeTable reads a table that begins with its length and fills b.
func DecodeTable(b []byte) (Table, error) {
	c := codec{buf: b}
	var t Table
	c.table(&t)
	return t, c.finish()
}

// AppendTable appends t, its length first, to dst. It panics on a value that is
// not of one of Table's types, since only our own code could have put it there.
func AppendTable(dst []byte, t Table) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for _, f := range t {
		name := f.Name[:min(len(f.Name), 255)]
		dst = append(dst, byte(len(name)))
		dst = append(dst, name...)
		dst = appendValue(dst, f.Value)
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// decodeFields reads fields until b is used up.
func decodeFields(b []byte, depth int) (Table, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: tables nested over %d deep", ErrMalformed, maxDepth)
	}
	c := codec{buf: b}
	var t Table
	for len(c.buf) > 0 && c.err == nil {
		var f Field
		c.shortstr(&f.Name)
		f.Value = c.value(depth)
		t = append(t, f)
	}
	if c.err != nil {
		return nil, c.err
	}
	return t, nil
}

// value reads a type letter and the value after it.
func (c *codec) value(depth int) any {
	letter := c.take(1, "the type of a field")
	if letter == nil {
		return nil
	}
	switch letter[0] {
	case 'S':
		return string(c.long32("a string field"))
	case 'x':
		return append([]byte{}, c.long32("a binary field")...)
	case 'A':
		return c.array(depth + 1)
	case 'F':
		return c.nested(depth + 1)
	case 'V':
		return nil
	case 'D':
		var d Decimal
		c.octet(&d.Scale)
		c.long(&d.Digits)
		return d
	}
	return c.number(letter[0])
}

// number reads a value whose size its letter gives.
func (c *codec) number(letter byte) any {
	size, ok := numberSizes[letter]
	if !ok {
		c.err = fmt.Errorf("%w: field of unknown type 0x%02X", ErrMalformed, letter)
		return nil
	}
	b := c.take(size, "a field")
	if b == nil {
		return nil
	}
	var bits uint64
	for _, octet := range b {
		bits = bits<<8 | uint64(octet)
	}
	switch letter {
	case 't':
		if bits > 1 {
			c.err = fmt.Errorf("%w: boolean field is %d, want 0 or 1", ErrMalformed, bits)
		}
		return bits == 1
	case 'b':
		return int8(bits)
	case 'B':
		return uint8(bits)
	case 's':
		return int16(bits)
	case 'u':
		return uint16(bits)
	case 'I':
		return int32(bits)
	case 'i':
		return uint32(bits)
	case 'l':
		return int64(bits)
	case 'L':
		return bits
	case 'f':
		return math.Float32frombits(uint32(bits))
	case 'd':
		return math.Float64frombits(bits)
	default:
		return Timestamp(bits)
	}
}

// numberSizes gives the bytes of the values that have a fixed size.
var numberSizes = map[byte]int{
	't': 1, 'b': 1, 'B': 1, 's': 2, 'u': 2, 'I': 4, 'i': 4, 'f': 4, 'l': 8, 'L': 8, 'd': 8, 'T': 8,
}

func (c *codec) array(depth int) any {
	b := c.long32("an array")
	if depth > maxDepth {
		c.err = fmt.Errorf("%w: arrays nested over %d deep", ErrMalformed, maxDepth)
	}
	inner := codec{buf: b, err: c.err}
	values := []any{}
	for len(inner.buf) > 0 && inner.err == nil {
		values = append(values, inner.value(depth))
	}
	c.err = inner.err
	return values
}

func (c *codec) nested(depth int) any {
	b := c.long32("a table")
	if c.err != nil {
		return Table(nil)
	}
	var t Table
	t, c.err = decodeFields(b, depth)
	return t
}

func appendValue(dst []byte, value any) []byte {
	be := binary.BigEndian
	switch v := value.(type) {
	case nil:
		return append(dst, 'V')
	case bool:
		var bit byte
		if v {
			bit = 1
		}
		return append(dst, 't', bit)
	case int8:
		return append(dst, 'b', byte(v))
	case uint8:
		return append(dst, 'B', v)
	case int16:
		return be.AppendUint16(append(dst, 's'), uint16(v))
	case uint16:
		return be.AppendUint16(append(dst, 'u'), v)
	case int32:
		return be.AppendUint32(append(dst, 'I'), uint32(v))
	case uint32:
		return be.AppendUint32(append(dst, 'i'), v)
	case int64:
		return be.AppendUint64(append(dst, 'l'), uint64(v))
	case uint64:
		return be.AppendUint64(append(dst, 'L'), v)
	case float32:
		return be.AppendUint32(append(dst, 'f'), math.Float32bits(v))
	case float64:
		return be.AppendUint64(append(dst, 'd'), math.Float64bits(v))
	case Timestamp:
		return be.AppendUint64(append(dst, 'T'), uint64(v))
	case Decimal:
		return be.AppendUint32(append(dst, 'D', v.Scale), v.Digits)
	}
	return appendLong(dst, value)
}

// appendLong appends the values that begin with their length.
func appendLong(dst []byte, value any) []byte {
	be := binary.BigEndian
	switch v := value.(type) {
	case string:
		return append(be.AppendUint32(append(dst, 'S'), uint32(len(v))), v...)
	case []byte:
		return append(be.AppendUint32(append(dst, 'x'), uint32(len(v))), v...)
	case Table:
		return AppendTable(append(dst, 'F'), v)
	case []any:
		start := len(dst) + 1
		dst = append(dst, 'A', 0, 0, 0, 0)
		for _, element := range v {
			dst = appendValue(dst, element)
		}
		be.PutUint32(dst[start:], uint32(len(dst)-start-4))
		return dst
	}
	panic(fmt.Sprintf("field table: no type letter for %T", value))
}
