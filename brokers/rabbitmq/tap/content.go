package tap

import (
	"crypto/sha256"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// maxLook is how much of a body is looked at, in bytes: enough for a label.
const maxLook = 64 << 10

// A fingerprint tells messages apart by their bodies. Two messages with the same
// one cannot be told apart by anybody, so it does not matter which is which.
type fingerprint struct {
	size uint64
	head [sha256.Size]byte // of the first maxLook bytes
}

// A content is a message on its way past: a method, a header, and a body.
type content struct {
	method  wire.Method   // nil: none is on its way
	header  bool          // the header has passed
	size    uint64        // of the body
	seen    uint64        // bytes of it that have passed
	look    []byte        // the first maxLook of them
	expires time.Duration // its own time to live; 0 for none, and at least a nanosecond otherwise
	deaths  deaths        // that its headers tell of
	known   bool          // it has been recorded
	held    []byte        // frames that wait until it is
	start   []byte        // the first bytes of its frames, for the journal
	passed  int           // how long its frames are so far, in bytes
}

// begin starts a message.
func (c *content) begin(m wire.Method) {
	*c = content{method: m, held: c.held[:0], start: c.start[:0]}
}

// pass keeps the beginning of what passes by.
func (c *content) pass(raw []byte) {
	c.passed += len(raw)
	c.start = append(c.start, raw[:min(len(raw), brokers.MaxFrameBytes-len(c.start))]...)
}

// add takes the next frame; ok is false when it does not belong here.
func (c *content) add(f wire.Frame) (ok bool) {
	if !c.header {
		var h wire.ContentHeader
		if f.Type != wire.FrameHeader || h.Decode(f.Payload) != nil {
			return false
		}
		c.header, c.size = true, h.BodySize
		if h.Properties.Has&wire.HasExpiration != 0 {
			own, _ := milliseconds(h.Properties.Expiration)
			c.expires = max(own, 1)
		}
		c.deaths = deathsOf(h.Properties.Headers)
		return true
	}
	n := uint64(len(f.Payload))
	if f.Type != wire.FrameBody || n > c.size-c.seen {
		return false
	}
	c.seen += n
	if room := maxLook - len(c.look); room > 0 {
		c.look = append(c.look, f.Payload[:min(room, len(f.Payload))]...)
	}
	return true
}

// whole reports whether the last frame has passed, and enough whether what has
// passed tells which message it is.
func (c *content) whole() bool  { return c.header && c.seen == c.size }
func (c *content) enough() bool { return c.header && c.seen >= min(c.size, maxLook) }

func (c *content) fingerprint() fingerprint { return fingerprintOf(c.size, c.look) }

func fingerprintOf(size uint64, head []byte) fingerprint {
	return fingerprint{size, sha256.Sum256(head[:min(len(head), maxLook)])}
}

// shelf is what the message is known by that was published, or has come, like this.
func (c *content) shelf(exchange, key string) shelfKey {
	return shelfKey{c.fingerprint(), exchange, key, c.deaths.String()}
}

// label is what the lab calls the message; one that is too long to be read whole
// has none.
func (c *content) label(of func([]byte) string) string {
	if c.size > maxLook {
		return ""
	}
	return of(c.look)
}
