package kafka

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// injected is the reason of what no client and no clock has brought about.
const injected = "injected"

// Disturb brings about a fault inside the cluster. It is called inside the sequencer.
func (b *Broker) Disturb(d brokers.Disturbance) error {
	switch d.Kind {
	case brokers.NodeDown:
		return b.disturbNode(d)
	case brokers.NodeUp:
		return b.nodeUp(int32(d.Node), injected)
	case brokers.Elected:
		p, err := b.partitionAt(d.Place)
		if err != nil {
			return err
		}
		if err := p.MoveLeader(injected); err != nil {
			return fmt.Errorf("kafka: %s: no other replica is in sync and up", d.Place)
		}
		return nil
	case brokers.Rebalancing:
		if g := b.cluster.Group(d.Group); g != nil && g.State() != model.Empty { // else there is nobody to share with
			g.Rebalance(injected)
			b.visit(g)
		}
		return nil
	}
	return fmt.Errorf("kafka: cannot bring about %q, want %s, %s, %s or %s", d.Kind, brokers.NodeDown, brokers.NodeUp, brokers.Elected, brokers.Rebalancing)
}

func (b *Broker) disturbNode(d brokers.Disturbance) error {
	ids := []int32{int32(d.Node)}
	if d.Node == 0 {
		p, err := b.partitionAt(d.Place)
		if err != nil {
			return err
		}
		ids = []int32{p.Leader}
		if d.Rest {
			ids = slices.DeleteFunc(slices.Clone(p.Replicas), func(id int32) bool { return id == p.Leader })
		}
	}
	for _, id := range ids {
		if err := b.nodeDown(id, injected); err != nil {
			return err
		}
		if d.Back > 0 {
			b.clock.AfterFunc(d.Back, func() { b.run(func() { _ = b.nodeUp(id, injected) }) })
		}
	}
	return nil
}

// partitionAt finds a partition by its name in the journal, as "orders/0".
func (b *Broker) partitionAt(place string) (*model.Partition, error) {
	topic, index, ok := strings.Cut(place, "/")
	n, err := strconv.ParseInt(index, 10, 32)
	if !ok || err != nil {
		return nil, fmt.Errorf("kafka: place %q, want one such as \"orders/0\"", place)
	}
	p, err := b.cluster.Partition(topic, int32(n))
	if err != nil {
		return nil, fmt.Errorf("kafka: there is no partition %q", place)
	}
	return p, nil
}

// nodeDown takes a node out of the cluster, and ends the connections to it without a
// word. It is called inside the sequencer.
func (b *Broker) nodeDown(id int32, why string) error {
	if b.cluster.Node(id) == nil {
		return fmt.Errorf("kafka: there is no node %d, want 1 to %d", id, b.cfg.Nodes)
	}
	b.setDown(id, true)
	b.cluster.NodeDown(id, why)
	for _, c := range append(b.inOrder(), b.unmet()...) {
		if c.node == id {
			c.leave("node-" + strconv.Itoa(int(id)) + " is down")
			c.mute = !c.out.known()
			c.out.stop()
			_ = c.nc.SetDeadline(time.Now())
		}
	}
	return nil
}

// unmet returns the connections that have not asked anything yet.
func (b *Broker) unmet() (out []*conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.sockets {
		if c.number == 0 {
			out = append(out, c)
		}
	}
	return out
}

// nodeUp brings a node back. It is called inside the sequencer.
func (b *Broker) nodeUp(id int32, why string) error {
	if b.cluster.Node(id) == nil {
		return fmt.Errorf("kafka: there is no node %d, want 1 to %d", id, b.cfg.Nodes)
	}
	b.setDown(id, false)
	b.cluster.NodeUp(id, why)
	return nil
}

func (b *Broker) setDown(id int32, down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down[id] = down
}
