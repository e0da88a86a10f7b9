package grader

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/labs"
)

// LagOf draws the lag of a group from what was played, as a monitor would that asks the
// cluster at every moment. With the name of a service it also counts what was written
// and is not done by the service.
func (p Played) LagOf(group, service string) labs.Lag {
	c := lagChart{group: group, service: service, now: make(map[string]labs.LagPoint), points: make(map[string][]labs.LagPoint), done: make(map[uint64]bool)}
	c.begin(p.Start)
	out := labs.Lag{Group: group, Ends: p.Ended - p.Began}
	for _, e := range p.Events {
		c.at = e.At - p.Began
		c.event(e)
		if e.Kind == brokers.Rebalancing && e.Group == group {
			out.Rebalances = append(out.Rebalances, c.at)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.points)) {
		if c.concerns(name) {
			out.Partitions = append(out.Partitions, labs.LagOf{Partition: name, Points: c.points[name]})
		}
	}
	out.Waiting = c.waiting
	return out
}

// A lagChart is a chart in the making.
type lagChart struct {
	group, service string
	at             time.Duration
	now            map[string]labs.LagPoint // by partition
	points         map[string][]labs.LagPoint
	generation     uint64
	written        int64
	done           map[uint64]bool // messages that the service has done
	waiting        []labs.Waiting
}

// begin takes up how all stands before the first event.
func (c *lagChart) begin(s brokers.State) {
	var offsets map[string]any
	clients := make(map[string]string) // by id of the member's place
	for _, p := range s.Places {
		switch {
		case p.Kind == "group" && p.Name == c.group:
			offsets, _ = p.Detail["offsets"].(map[string]any)
		case p.Kind == "consumer" && p.Detail["group"] == c.group:
			clients[p.ID], _ = p.Detail["client"].(string)
		}
	}
	owners := make(map[string]string)
	for _, f := range s.Flows {
		if client, ok := clients[f.To]; ok {
			owners[strings.TrimPrefix(f.From, "partition:")] = client
		}
	}
	for _, p := range s.Places {
		if p.Kind != "partition" {
			continue
		}
		point := labs.LagPoint{Start: whole(p.Detail["base"], 0), Committed: whole(offsets[p.Name], -1), End: whole(p.Detail["end"], 0), Owner: owners[p.Name]}
		c.set(p.Name, point)
	}
	c.wait()
}

// whole is a number as JSON has it.
func whole(v any, otherwise int64) int64 {
	if n, ok := v.(float64); ok {
		return int64(n)
	}
	return otherwise
}

// event notes what an event changes.
func (c *lagChart) event(e brokers.Event) {
	p, there := c.now[e.Place]
	if !there {
		p.Committed = -1
	}
	switch {
	case e.Kind == brokers.Effect && e.Source == c.service:
		c.done[e.Message] = true
		c.wait()
		return
	case e.Kind == brokers.Left && e.Group == c.group:
		c.unassign(func(owner string) bool { return owner == e.Client })
		return
	case e.Kind == brokers.Joined && e.Group == c.group && e.Tag > c.generation:
		c.generation = e.Tag
		c.unassign(func(string) bool { return true })
		return
	case e.Kind == brokers.Published:
		p.End = int64(e.Tag) + 1 //nolint:gosec // an offset
		c.written++
		c.wait()
	case e.Kind == brokers.Lost:
		p.End = min(p.End, int64(e.Tag)) //nolint:gosec // likewise
	case e.Kind == brokers.LogStart || e.Kind == brokers.Purged:
		p.Start = int64(e.Tag) //nolint:gosec // likewise
	case e.Kind == brokers.Committed && e.Group == c.group:
		p.Committed = int64(e.Tag) //nolint:gosec // likewise
	case e.Kind == brokers.Assigned && e.Group == c.group:
		p.Owner = e.Client
	case e.Kind == brokers.Elected && !there && strings.Contains(e.Place, "/"): // a partition is new
	default:
		return
	}
	if e.Place != "" {
		c.set(e.Place, p)
	}
}

// unassign takes from members what they own.
func (c *lagChart) unassign(whose func(owner string) bool) {
	for _, name := range slices.Sorted(maps.Keys(c.now)) {
		if p := c.now[name]; p.Owner != "" && whose(p.Owner) {
			p.Owner = ""
			c.set(name, p)
		}
	}
}

// set adds a point; of several at the same time only the last is seen.
func (c *lagChart) set(name string, p labs.LagPoint) {
	p.At = c.at
	c.now[name] = p
	all := c.points[name]
	if n := len(all); n > 0 && all[n-1].At == p.At {
		all = all[:n-1]
	}
	if n := len(all); n == 0 || all[n-1] != (labs.LagPoint{At: all[n-1].At, Start: p.Start, Committed: p.Committed, End: p.End, Owner: p.Owner}) {
		all = append(all, p)
	}
	c.points[name] = all
}

// wait notes how much the service has yet to do.
func (c *lagChart) wait() {
	if c.service == "" {
		return
	}
	w := labs.Waiting{At: c.at, N: max(c.written-int64(len(c.done)), 0)}
	if n := len(c.waiting); n > 0 && c.waiting[n-1].At == w.At {
		c.waiting = c.waiting[:n-1]
	}
	c.waiting = append(c.waiting, w)
}

// concerns reports whether the group has read of a partition's topic, or was given it.
func (c *lagChart) concerns(name string) bool {
	topic, _, _ := strings.Cut(name, "/")
	for other, points := range c.points {
		of, _, _ := strings.Cut(other, "/")
		if of == topic && slices.ContainsFunc(points, func(p labs.LagPoint) bool { return p.Committed >= 0 || p.Owner != "" }) {
			return true
		}
	}
	return false
}
