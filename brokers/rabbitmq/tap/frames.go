package tap

import (
	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// telling says which frame tells what is recorded from now on: what the client sent or,
// for everything that the broker decides, what it answered. b may be its beginning only.
func (r *relay) telling(channel int, out bool, b []byte, size int) {
	r.b.book.journal.Handling(brokers.RawFrame{Client: r.name, Channel: channel, Out: out, Size: size, Bytes: b, Explain: explain})
}

// explain decodes the beginning of frames.
func explain(b []byte) (name string, fields []brokers.Field) {
	name, parts := wire.Explain(b)
	for _, p := range parts {
		fields = append(fields, brokers.Field(p))
	}
	return name, fields
}
