package kafka

import (
	"fmt"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// explain decodes the beginning of a request for somebody who looks at its bytes. The
// four bytes of its length are not among them.
func explain(b []byte) (string, []brokers.Field) {
	h, err := wire.ReadHeader(b)
	if err != nil {
		return "?", nil
	}
	row, ok := requests[h.Key]
	if !ok {
		return fmt.Sprintf("request %d", h.Key), nil
	}
	fields := []brokers.Field{
		{Name: "api key", Value: fmt.Sprintf("%d %s", h.Key, row.name), At: 0, Length: 2},
		{Name: "api version", Value: fmt.Sprint(h.Version), At: 2, Length: 2},
		{Name: "correlation id", Value: fmt.Sprint(h.Correlation), At: 4, Length: 4},
	}
	if _, err := h.ReadClient(b, false); err == nil {
		fields = append(fields, brokers.Field{Name: "client id", Value: h.Client, At: wire.HeaderLen, Length: 2 + len(h.Client)})
	}
	return row.name, fields
}
