package modeltest

import (
	"fmt"
	"time"

	"github.com/brokerlab/brokerlab/brokers/kafka/model"
)

// A beater is what a member with the consumer protocol knows of itself.
type beater struct {
	epoch  int32
	owned  []model.Owned
	topics []string
}

// beat has a member with the consumer protocol say that it is alive, as a client does it
// or, now and then, as one should not.
func (c *crowd) beat(m *member) {
	b := model.Beat{
		Group: m.id.Group, Member: m.id.Member, Instance: m.instance, Client: m.client, ClientID: m.client, Epoch: m.beats.epoch, Rebalance: -1,
	}
	if m.beats.topics == nil || c.dice.IntN(12) == 0 {
		m.beats.topics = []string{"a", "b", c.pick("c", "d")}[:c.dice.IntN(3)+1]
		b.Topics = m.beats.topics
	}
	if c.maybe() || b.Epoch == 0 {
		b.Topics, b.Rebalance, b.Owned = m.beats.topics, 3*time.Second, append([]model.Owned{}, m.beats.owned...)
	}
	switch c.dice.IntN(20) {
	case 0: // An answer was lost, or the client has begun anew.
		b.Epoch, b.Owned = 0, []model.Owned{}
		b.Topics, b.Rebalance = m.beats.topics, 3*time.Second
	case 1:
		pattern, assignor := c.pick("[ab]", ".*", "("), c.pick("range", "uniform")
		b.Pattern, b.Assignor = &pattern, &assignor
	case 2:
		b.Epoch += c.dice.Int32N(5) - 2
	}
	out, err := c.cluster.Beat(b)
	switch {
	case err != nil:
		m.beats.epoch, m.beats.owned = 0, nil
	case c.dice.IntN(8) > 0: // else the answer is lost
		m.beats.epoch = out.Epoch
		if out.Assignment != nil {
			m.beats.owned = out.Assignment
		}
	}
}

// leaves has it say that it goes, for good or not.
func (c *crowd) leaves(m *member) {
	_, _ = c.cluster.Beat(model.Beat{Group: m.id.Group, Member: m.id.Member, Instance: m.instance, Epoch: -1 - c.dice.Int32N(2)})
}

// named gives a member with the consumer protocol its id, which it makes itself.
func (c *crowd) named(m *member) {
	m.id.Member = fmt.Sprint("m", c.n)
	m.beats = &beater{}
}
