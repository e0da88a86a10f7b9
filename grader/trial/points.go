package trial

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/brokerlab/brokerlab/brokers"
)

// MaxPoints is how many fault points a sweep visits.
const MaxPoints = 25

// After gives the event kind of a schedule's word.
var After = map[string]brokers.Kind{
	"publish": brokers.Published,
	"deliver": brokers.Delivered,
	"ack":     brokers.Acked,
	"nack":    brokers.Nacked,
	"reject":  brokers.Rejected,
	"effect":  brokers.Effect,
	"commit":  brokers.Committed,
}

// IsPoint reports whether a fault may follow an event: the client caused it, or
// it is the first delivery of a message.
func IsPoint(e brokers.Event) bool {
	switch e.Kind {
	case brokers.Effect:
		return true
	case brokers.Published, brokers.Acked, brokers.Nacked, brokers.Rejected, brokers.Committed:
		return e.Client != ""
	case brokers.Delivered:
		return !e.Redelivered
	}
	return false
}

// Points lists the fault points of a baseline run. Of more than MaxPoints, the
// seed draws that many; the first and the last are always among them.
func Points(kind string, baseline []brokers.Event, seed uint64) []Fault {
	var points []Fault
	nth := make(map[brokers.Kind]int)
	for _, e := range baseline {
		if !IsPoint(e) {
			continue
		}
		nth[e.Kind]++
		points = append(points, Fault{
			ID:   fmt.Sprintf("%s-%s-%d", kind, e.Kind, nth[e.Kind]),
			Kind: kind, After: e.Kind, Nth: nth[e.Kind], Label: e.Label, Message: e.Message,
		})
	}
	if len(points) <= MaxPoints {
		return points
	}
	draw := rand.New(rand.NewPCG(seed, uint64(len(points))))
	inner := draw.Perm(len(points) - 2)[:MaxPoints-2]
	slices.Sort(inner)
	drawn := make([]Fault, 0, MaxPoints)
	drawn = append(drawn, points[0])
	for _, i := range inner {
		drawn = append(drawn, points[i+1])
	}
	return append(drawn, points[len(points)-1])
}

// Matcher returns a function that reports true at the fault's event, once.
func (f Fault) Matcher() func(brokers.Event) bool {
	seen := 0
	return func(e brokers.Event) bool {
		if e.Kind != f.After || !IsPoint(e) {
			return false
		}
		seen++
		return seen == f.Nth
	}
}
