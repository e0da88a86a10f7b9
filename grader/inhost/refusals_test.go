package inhost

import (
	"testing"

	"github.com/brokerlab/brokerlab/brokers"
)

func TestTheSameRefusalIsCountedUntilSomethingHappens(t *testing.T) {
	refused := brokers.Event{Kind: brokers.Refused, Client: "c1", Reason: "Produce: NOT_ENOUGH_REPLICAS"}
	other := brokers.Event{Kind: brokers.Refused, Client: "c1", Reason: "Produce: NOT_LEADER_OR_FOLLOWER"}
	for name, tt := range map[string]struct {
		between brokers.Event
		want    int
	}{
		"nothing":                  {refused, 4},
		"a connection":             {brokers.Event{Kind: brokers.Opened, Client: "c2"}, 3},
		"a connection that ends":   {brokers.Event{Kind: brokers.Closed, Client: "c1"}, 3},
		"another refusal":          {other, 1},
		"a record":                 {brokers.Event{Kind: brokers.Published, Client: "c1"}, 1},
		"a node":                   {brokers.Event{Kind: brokers.NodeUp, Node: 2}, 1},
		"a refusal of a service":   {brokers.Event{Kind: brokers.Refused, Source: "ledger", Reason: refused.Reason}, 1},
		"an effect, somewhat late": {brokers.Event{Kind: brokers.Effect, Source: "outbox"}, 1},
	} {
		var r refusals
		for _, e := range []brokers.Event{refused, refused, tt.between, refused} {
			r.follow(e)
		}
		if r.n != tt.want {
			t.Errorf("%s between them: %d, want %d", name, r.n, tt.want)
		}
	}
}
