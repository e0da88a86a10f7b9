package wire

import (
	"encoding/binary"
	"fmt"
)

// Properties describe a message: the fourteen that class basic has. A property
// that is not set is not sent; Has tells an empty one from none.
type Properties struct {
	Has Property // which of the fields are set

	ContentType     string
	ContentEncoding string
	Headers         Table
	DeliveryMode    uint8 // 2: persistent
	Priority        uint8
	CorrelationID   string
	ReplyTo         string
	Expiration      string // milliseconds, as decimal digits
	MessageID       string
	Timestamp       uint64 // seconds since 1970
	Type            string
	UserID          string
	AppID           string
	ClusterID       string
}

// A Property is a set of properties: the bits are the protocol's property flags.
type Property uint16

// The properties, each as a set of one.
const (
	HasContentType     Property = 1 << 15
	HasContentEncoding Property = 1 << 14
	HasHeaders         Property = 1 << 13
	HasDeliveryMode    Property = 1 << 12
	HasPriority        Property = 1 << 11
	HasCorrelationID   Property = 1 << 10
	HasReplyTo         Property = 1 << 9
	HasExpiration      Property = 1 << 8
	HasMessageID       Property = 1 << 7
	HasTimestamp       Property = 1 << 6
	HasType            Property = 1 << 5
	HasUserID          Property = 1 << 4
	HasAppID           Property = 1 << 3
	HasClusterID       Property = 1 << 2

	noProperty Property = 3 // the last bits: more flags follow, and one that is unused
)

// WithHeaders returns p with its headers replaced.
func (p Properties) WithHeaders(t Table) Properties {
	p.Headers = t
	p.Has |= HasHeaders
	return p
}

func (p *Properties) fields(c *codec) {
	if p.Has&HasContentType != 0 {
		c.shortstr(&p.ContentType)
	}
	if p.Has&HasContentEncoding != 0 {
		c.shortstr(&p.ContentEncoding)
	}
	if p.Has&HasHeaders != 0 {
		c.table(&p.Headers)
	}
	if p.Has&HasDeliveryMode != 0 {
		c.octet(&p.DeliveryMode)
	}
	if p.Has&HasPriority != 0 {
		c.octet(&p.Priority)
	}
	if p.Has&(HasCorrelationID|HasReplyTo|HasExpiration|HasMessageID|HasTimestamp|HasType|HasUserID|HasAppID|HasClusterID) != 0 {
		p.rareFields(c)
	}
}

func (p *Properties) rareFields(c *codec) {
	for _, s := range [...]struct {
		has   Property
		value *string
	}{
		{HasCorrelationID, &p.CorrelationID}, {HasReplyTo, &p.ReplyTo},
		{HasExpiration, &p.Expiration}, {HasMessageID, &p.MessageID},
	} {
		if p.Has&s.has != 0 {
			c.shortstr(s.value)
		}
	}
	if p.Has&HasTimestamp != 0 {
		c.longlong(&p.Timestamp)
	}
	for _, s := range [...]struct {
		has   Property
		value *string
	}{
		{HasType, &p.Type}, {HasUserID, &p.UserID}, {HasAppID, &p.AppID}, {HasClusterID, &p.ClusterID},
	} {
		if p.Has&s.has != 0 {
			c.shortstr(s.value)
		}
	}
}

// A ContentHeader comes before a body and says how long it is.
type ContentHeader struct {
	Class      uint16
	BodySize   uint64 // bytes
	Properties Properties
}

// Decode reads the payload of a header frame into h. Error: ErrMalformed.
func (h *ContentHeader) Decode(payload []byte) error {
	if len(payload) < 14 {
		return fmt.Errorf("%w: content header of %d bytes, want at least 14", ErrMalformed, len(payload))
	}
	*h = ContentHeader{Class: binary.BigEndian.Uint16(payload), BodySize: binary.BigEndian.Uint64(payload[4:])}
	if weight := binary.BigEndian.Uint16(payload[2:]); weight != 0 {
		return fmt.Errorf("%w: content header with weight %d, want 0", ErrMalformed, weight)
	}
	p := &h.Properties
	p.Has = Property(binary.BigEndian.Uint16(payload[12:]))
	if p.Has&noProperty != 0 {
		return fmt.Errorf("%w: property flags 0x%04X, want the last two bits to be zero", ErrMalformed, uint16(p.Has))
	}
	c := codec{buf: payload[14:]}
	p.fields(&c)
	if err := c.finish(); err != nil {
		return fmt.Errorf("content header: %w", err)
	}
	return nil
}

// AppendContent appends the header frame and the body frames of a message of
// class basic to dst. No frame is longer than frameMax bytes.
func AppendContent(dst []byte, channel uint16, p *Properties, body []byte, frameMax int) []byte {
	start := len(dst)
	dst = appendFrameHead(dst, FrameHeader, channel, 0)
	dst = (&ContentHeader{Class: ClassBasic, BodySize: uint64(len(body)), Properties: *p}).Append(dst)
	return AppendBody(closeFrame(dst, start), channel, body, frameMax)
}

// Append appends the payload of a header frame to dst.
func (h *ContentHeader) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, h.Class)
	dst = append(dst, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, h.BodySize)
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.Properties.Has))
	c := codec{buf: dst, writing: true}
	h.Properties.fields(&c)
	return c.buf
}
