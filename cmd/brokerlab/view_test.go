package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

// A told is a journal and what the model itself drew at some of its events.
type told struct {
	Services []string        `json:"services"`
	Events   []brokers.Event `json:"events"`
	At       []uint64        `json:"at"`
	states   []brokers.State
}

// TestViewEqualsModel lets clients do whatever they like with a RabbitMQ, and has
// the page's reducer make states of its journal alone. After each step they must
// be what the model draws.
func TestViewEqualsModel(t *testing.T) {
	var all []told
	for seed := range uint64(60) {
		all = append(all, newCrowd(t, seed).run(t, 150))
	}
	all = append(all, flood(t, 10_000))
	drawn := drawn(t, all)
	states := 0
	for i, one := range all {
		for k, want := range one.states {
			states++
			if diff := gocmp.Diff(normal(t, want), drawn[i][k], cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("journal %d, event %d: the view differs from the model (-model +view):\n%s\n%s", i, want.Seq, diff, tail(one.Events, want.Seq))
			}
		}
	}
	t.Logf("%d states of %d journals", states, len(all))
}

// drawn asks the page for the states of journals.
func drawn(t *testing.T, all []told) [][]brokers.State {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("SKIPPED, NOT TESTED: there is no node on this machine")
	}
	if _, err := os.Stat("../../static/node_modules/esbuild"); err != nil {
		t.Skip("SKIPPED, NOT TESTED: static/node_modules is not there; run npm ci in static first")
	}
	file := filepath.Join(t.TempDir(), "journals.json")
	raw, err := json.Marshal(map[string]any{"journals": all})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), node, "test/states.mjs", file)
	c.Dir = "../../static"
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, said.String())
	}
	var states [][]brokers.State
	for lines := bufio.NewReader(bytes.NewReader(out)); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return states
		}
		var one []brokers.State
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatal(err)
		}
		for i := range one {
			sortState(&one[i])
		}
		states = append(states, one)
	}
}

// normal is a state as JSON would bring it, in an order that does not depend on
// who drew it.
func normal(t *testing.T, s brokers.State) brokers.State {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out brokers.State
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	sortState(&out)
	return out
}

func sortState(s *brokers.State) {
	for i := range s.Places {
		s.Places[i].Detail = nil // the journal does not tell it yet, nor what arguments ask for
	}
	s.Flows = slices.DeleteFunc(s.Flows, func(f brokers.Flow) bool { return f.Label == "dead letters" || f.Label == "alternate" })
	slices.SortFunc(s.Places, func(a, b brokers.Place) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Flows, func(a, b brokers.Flow) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Label, b.Label))
	})
}

// tail says the last events before one, to find a difference by.
func tail(events []brokers.Event, seq uint64) string {
	var out strings.Builder
	for _, e := range events {
		if e.Seq <= seq && e.Seq+12 > seq {
			raw, _ := json.Marshal(e) // an event always can be
			out.Write(append(raw, '\n'))
		}
	}
	return out.String()
}

// A crowd is clients that do whatever they like with one virtual host.
type crowd struct {
	*model.VHost
	clock    *brokers.VirtualClock
	journal  *brokers.Journal
	dice     *rand.Rand
	channels []*model.Channel
	conns    []*model.Connection // of the channels
	number   int
	at       []uint64
	states   []brokers.State
}

// A reader takes what it is given.
type reader struct{}

func (reader) Ready() bool            { return true }
func (reader) Deliver(model.Delivery) {}
func (reader) Cancelled(int, string)  {}

func newCrowd(t *testing.T, seed uint64) *crowd {
	t.Helper()
	clock := brokers.NewVirtualClock(time.Unix(1_700_000_000, 0))
	journal := brokers.NewJournal(1_000_000, brokers.Forget, clock)
	c := &crowd{
		VHost: model.NewVHost("/", clock, journal, brokers.DefaultQuota(), func(body []byte) string { return string(body) }),
		clock: clock, journal: journal, dice: rand.New(rand.NewPCG(seed, 1)),
	}
	for range 4 {
		c.enter(t, len(c.channels))
	}
	return c
}

// enter gives client i a connection and a channel.
func (c *crowd) enter(t *testing.T, i int) {
	t.Helper()
	conn, err := c.Connect(reader{}, "guest", "test")
	if err != nil {
		t.Fatal(err)
	}
	c.number++
	ch, err := conn.Open(c.number)
	if err != nil {
		t.Fatal(err)
	}
	if i == len(c.channels) {
		c.channels, c.conns = append(c.channels, nil), append(c.conns, nil)
	}
	c.channels[i], c.conns[i] = ch, conn
}

// look notes what the model draws now.
func (c *crowd) look() {
	if seq := c.journal.Last(); len(c.at) == 0 || c.at[len(c.at)-1] != seq {
		c.at, c.states = append(c.at, seq), append(c.states, c.Picture())
	} else {
		c.states[len(c.states)-1] = c.Picture()
	}
}

// run takes random steps, and makes the deliveries one by one.
func (c *crowd) run(t *testing.T, steps int) told {
	t.Helper()
	for range steps {
		c.step(t)
		c.look()
		for n := c.dice.IntN(8); n > 0 && c.DeliverNext(); n-- {
			c.look()
		}
	}
	return told{Events: c.journal.Since(0), At: c.at, states: c.states}
}

func (c *crowd) pick(names ...string) string { return names[c.dice.IntN(len(names))] }

// step does one thing; what the model refuses is no step.
func (c *crowd) step(t *testing.T) {
	t.Helper()
	i := c.dice.IntN(len(c.channels))
	ch := c.channels[i]
	queue, exchange := c.pick("a", "b", "dead"), c.pick("x", "y", "amq.topic", "amq.fanout")
	tag, yes, also := uint64(c.dice.IntN(12)), c.dice.IntN(2) == 0, c.dice.IntN(2) == 0
	switch c.pick("publish", "publish", "publish", "publish", "settle", "settle", "settle", "furniture", "furniture", "consume", "get", "rare") {
	case "publish":
		p := model.Publishing{Exchange: c.pick("", exchange), Key: queue, Mandatory: yes, Body: []byte(strconv.Itoa(c.dice.IntN(1000)))}
		_, _ = ch.Publish(p)
	case "settle":
		c.settle(ch, tag, yes, also)
	case "furniture":
		c.furniture(ch, queue, exchange, yes, also)
	case "consume":
		ch.Qos(c.dice.IntN(4), false)
		_, _ = ch.Consume(queue, c.pick("w", "v"), c.dice.IntN(3) == 0, c.dice.IntN(6) == 0, nil)
	case "get":
		_, _, _, _ = ch.Get(queue, yes)
	case "rare":
		c.rare(t, i, queue, yes)
	}
}

func (c *crowd) settle(ch *model.Channel, tag uint64, yes, also bool) {
	switch c.dice.IntN(5) {
	case 0, 1:
		_ = ch.Ack(tag, yes)
	case 2:
		_ = ch.Nack(tag, yes, also)
	case 3:
		_ = ch.Reject(tag, yes)
	case 4:
		ch.Recover()
	}
}

func (c *crowd) furniture(ch *model.Channel, queue, exchange string, yes, also bool) {
	arguments := map[string]wire.Table{
		"a":    {{Name: "x-max-length", Value: int64(3)}, {Name: "x-dead-letter-exchange", Value: ""}, {Name: "x-dead-letter-routing-key", Value: "b"}},
		"b":    {{Name: "x-dead-letter-exchange", Value: "x"}, {Name: "x-message-ttl", Value: int64(1000)}},
		"dead": {{Name: "x-max-priority", Value: int64(3)}},
	}
	switch c.dice.IntN(6) {
	case 0, 1:
		_, _ = ch.DeclareQueue(model.QueueSpec{Name: queue, Durable: yes, AutoDelete: c.dice.IntN(5) == 0, Exclusive: c.dice.IntN(8) == 0, Arguments: arguments[queue]})
	case 2:
		spec := model.ExchangeSpec{Name: c.pick("x", "y"), Kind: c.pick("direct", "fanout", "topic"), AutoDelete: also}
		if yes {
			spec.Arguments = wire.Table{{Name: "alternate-exchange", Value: "y"}}
		}
		_ = ch.DeclareExchange(spec)
	case 3:
		_ = ch.Bind(queue, exchange, c.pick("a", "b", "#"), nil)
	case 4:
		if yes {
			_ = ch.BindExchange("y", exchange, c.pick("a", "b"), nil)
		} else {
			_ = ch.UnbindExchange("y", exchange, c.pick("a", "b"), nil)
		}
	case 5:
		_ = ch.Unbind(queue, exchange, c.pick("a", "b", "#"), nil)
	}
}

func (c *crowd) rare(t *testing.T, i int, queue string, yes bool) {
	t.Helper()
	ch := c.channels[i]
	switch c.dice.IntN(8) {
	case 0:
		_, _ = ch.Purge(queue)
	case 1:
		_, _ = ch.DeleteQueue(queue, false, yes)
	case 2:
		_ = ch.DeleteExchange(c.pick("x", "y"), yes)
	case 3:
		ch.Cancel(c.pick("w", "v"))
	case 4:
		c.conns[i].Close("gone")
		c.enter(t, i)
	case 5:
		ch.Close("closed")
		c.number++
		c.channels[i], _ = c.conns[i].Open(c.number)
	case 6, 7:
		c.clock.Advance(300 * time.Millisecond)
	}
}

// flood fills one queue with n messages, has a consumer take them all and die, and
// another one do a part of the work.
func flood(t *testing.T, n int) told {
	t.Helper()
	c := newCrowd(t, 0)
	if _, err := c.channels[0].DeclareQueue(model.QueueSpec{Name: "jobs"}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := c.channels[0].Publish(model.Publishing{Key: "jobs", Body: []byte(strconv.Itoa(i))}); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			c.look()
		}
	}
	for life := range 2 {
		ch := c.channels[life]
		if _, err := ch.Consume("jobs", "worker", false, false, nil); err != nil {
			t.Fatal(err)
		}
		for i := 0; c.DeliverNext(); i++ {
			if i%1000 == 0 {
				c.look()
			}
		}
		for tag := range uint64(n / 2 * life) {
			_ = ch.Ack(tag*2+1, false)
			if tag%500 == 0 {
				c.look()
			}
		}
		c.conns[life].Close("gone")
		c.look()
	}
	return told{Events: c.journal.Since(0), At: c.at, states: c.states}
}
