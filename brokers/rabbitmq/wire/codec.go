package wire

import (
	"encoding/binary"
	"fmt"
)

// A codec moves fields between Go variables and bytes, in the direction that
// writing says. So a method describes its fields once, and cannot read them in
// another order than it writes them.
type codec struct {
	buf     []byte // reading: what is left; writing: what has been written
	writing bool
	err     error // the first thing that went wrong while reading
}

// take returns the next n bytes, or nil and an error when there are fewer.
func (c *codec) take(n int, what string) []byte {
	if c.err != nil {
		return nil
	}
	if n > len(c.buf) {
		c.err = fmt.Errorf("%w: %s needs %d bytes and %d are left", ErrMalformed, what, n, len(c.buf))
		return nil
	}
	b := c.buf[:n]
	c.buf = c.buf[n:]
	return b
}

func (c *codec) octet(v *uint8) {
	if c.writing {
		c.buf = append(c.buf, *v)
	} else if b := c.take(1, "an octet"); b != nil {
		*v = b[0]
	}
}

func (c *codec) short(v *uint16) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint16(c.buf, *v)
	} else if b := c.take(2, "a short"); b != nil {
		*v = binary.BigEndian.Uint16(b)
	}
}

func (c *codec) long(v *uint32) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint32(c.buf, *v)
	} else if b := c.take(4, "a long"); b != nil {
		*v = binary.BigEndian.Uint32(b)
	}
}

func (c *codec) longlong(v *uint64) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint64(c.buf, *v)
	} else if b := c.take(8, "a longlong"); b != nil {
		*v = binary.BigEndian.Uint64(b)
	}
}

// shortstr is a string of up to 255 bytes. A longer one is cut when written:
// only texts of our own errors can be that long.
func (c *codec) shortstr(v *string) {
	if c.writing {
		s := (*v)[:min(len(*v), 255)]
		c.buf = append(c.buf, byte(len(s)))
		c.buf = append(c.buf, s...)
		return
	}
	if n := c.take(1, "the length of a short string"); n != nil {
		if b := c.take(int(n[0]), "a short string"); len(b) > 0 {
			*v = string(b)
		}
	}
}

func (c *codec) longstr(v *string) {
	if c.writing {
		c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(len(*v)))
		c.buf = append(c.buf, *v...)
		return
	}
	*v = string(c.long32("a long string"))
}

// long32 reads a length of four bytes and as many bytes. They are not copied.
func (c *codec) long32(what string) []byte {
	n := c.take(4, "the length of "+what)
	if n == nil {
		return nil
	}
	size := binary.BigEndian.Uint32(n)
	if uint64(size) > uint64(len(c.buf)) {
		c.err = fmt.Errorf("%w: %s of %d bytes, and %d are left", ErrMalformed, what, size, len(c.buf))
		return nil
	}
	return c.take(int(size), what)
}

// bits packs up to eight booleans into one byte, the first one lowest.
func (c *codec) bits(vs ...*bool) {
	if c.writing {
		var packed byte
		for i, v := range vs {
			if *v {
				packed |= 1 << i
			}
		}
		c.buf = append(c.buf, packed)
		return
	}
	b := c.take(1, "bits")
	if b == nil {
		return
	}
	if b[0]>>len(vs) != 0 {
		c.err = fmt.Errorf("%w: bits 0x%02X, want the upper %d to be zero", ErrMalformed, b[0], 8-len(vs))
		return
	}
	for i, v := range vs {
		*v = b[0]&(1<<i) != 0
	}
}

func (c *codec) table(v *Table) {
	if c.writing {
		c.buf = AppendTable(c.buf, *v)
		return
	}
	if b := c.long32("a table"); len(b) > 0 {
		*v, c.err = decodeFields(b, 0)
	}
}

// finish returns what went wrong, bytes left over included.
func (c *codec) finish() error {
	if c.err == nil && len(c.buf) > 0 {
		return fmt.Errorf("%w: %d bytes left over", ErrMalformed, len(c.buf))
	}
	return c.err
}
