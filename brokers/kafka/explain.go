package kafka

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// explain decodes a request, or as much of its beginning as there is, for somebody who
// looks at its bytes. The four bytes of its length are not among them.
func explain(b []byte) (string, []brokers.Field) {
	h, err := wire.ReadHeader(b)
	if err != nil {
		return "?", nil
	}
	row, ok := requests[h.Key]
	if !ok {
		return fmt.Sprintf("request %d", h.Key), nil
	}
	flexible := false
	if req := kmsg.RequestForKey(h.Key); req != nil {
		req.SetVersion(h.Version)
		flexible = req.IsFlexible()
	}
	return row.name, explained(wire.Explain(b, row.name, flexible))
}

// explainFetched decodes the beginning of an answer to Fetch, as explain does a request.
func explainFetched(version int16) func([]byte) (string, []brokers.Field) {
	return func(b []byte) (string, []brokers.Field) {
		return "Fetch response", explained(wire.ExplainFetched(b, version))
	}
}

func explained(parts []wire.Part) []brokers.Field {
	out := make([]brokers.Field, 0, len(parts))
	for _, p := range parts {
		out = append(out, brokers.Field{Name: p.Name, Value: p.Value, At: p.At, Length: p.Length})
	}
	return out
}
