package inhost

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A kafkaConsumer is a member of a group with what it does to its records: by itself, or
// when a step says so.
type kafkaConsumer struct {
	in      *kafkas
	spec    kafkaStep
	commits string // manual, read, before, after or auto
	times   kafkaTimes

	up        bool
	life      int  // counts starts: what belongs to an earlier one is void
	round     int  // counts generations; likewise
	polls     int  // counts batches
	turn      int  // which partition it asks for first
	away      bool // it has left its group, for it was too long at its work, and is at it still
	called    bool // a round has begun, and it comes when its batch is done
	leads     bool
	known     int // partitions of its topic, when they were shared out
	id        model.Identity
	sessions  map[int32]*model.Session // by node
	positions map[*model.Partition]int64
	order     []*model.Partition // as assigned
	fetches   []*model.Fetch     // that wait
	held      []taken            // read and not worked on, oldest first
	worked    map[*model.Partition]int64
	handed    []taken // with commit: read, what waits in its memory
	busy      bool
}

// taken is a record that was read.
type taken struct {
	from    *model.Partition
	offset  int64
	message uint64
	label   string
}

// consumer makes a consumer, which joins its group.
func (k *kafkas) consumer(w kafkaStep) error {
	if k.consumers[w.Name] != nil {
		return cannot("there", w.Name, "there is a consumer %q already", w.Name)
	}
	commits, _ := w.Commit.(string)
	c := &kafkaConsumer{in: k, spec: w, commits: cmp.Or(commits, "after")}
	if err := c.times.read(w); err != nil {
		return err
	}
	if _, ok := k.effects[w.Service]; w.Service != "" && !ok {
		return fmt.Errorf("there is no service %q", w.Service)
	}
	k.consumers[w.Name] = c
	c.start()
	return nil
}

// start begins a life.
func (c *kafkaConsumer) start() {
	c.up, c.busy, c.away, c.called = true, false, false, false
	c.handed = nil
	c.life++
	c.id = model.Identity{Group: c.spec.Group, Instance: c.spec.Instance, Generation: -1}
	c.sessions = make(map[int32]*model.Session)
	c.every(playHeartbeat, c.heartbeat)
	c.every(playMetadata, c.refresh)
	if c.commits == "auto" {
		c.every(c.times.interval, c.commitWorked)
	}
	c.join()
}

// every has the consumer do something again and again in this life.
func (c *kafkaConsumer) every(d time.Duration, fn func()) {
	life := c.life
	c.in.act(d, func() {
		if c.up && c.life == life {
			fn()
			c.every(d, fn)
		}
	})
}

// later has the consumer do something, unless its share has changed by then.
func (c *kafkaConsumer) later(d time.Duration, fn func()) {
	life, round := c.life, c.round
	c.in.act(d, func() {
		if c.up && c.life == life && c.round == round {
			fn()
		}
	})
}

// join asks for a place in the coming generation, and then for a share.
func (c *kafkaConsumer) join() {
	c.rest()
	c.called = false
	life := c.life
	metadata := wire.Subscription(c.spec.Topic)
	c.in.cluster.Join(model.Join{
		Group: c.spec.Group, Member: c.id.Member, Instance: c.spec.Instance, Client: c.spec.Name, ClientID: c.spec.Name, Kind: "consumer",
		Session: max(c.times.session, 6*time.Second), Rebalance: cmp.Or(c.times.maxPoll, playRebalance),
		Protocols: []model.Protocol{{Name: "range", Metadata: metadata}},
		Done: func(j model.Joined) {
			if !c.up || c.life != life {
				return
			}
			c.id.Member, c.id.Generation = j.Member, j.Generation
			if j.Err != nil {
				c.rejoin(j.Err)
				return
			}
			c.sync(j.Members)
		},
	})
}

// rejoin begins again after an error, soon.
func (c *kafkaConsumer) rejoin(err error) {
	if model.CodeOf(err) == model.UnknownMemberID {
		c.id.Member = ""
	}
	c.later(100*time.Millisecond, c.join)
}

// sync gets the consumer's share; the leader sets everyone's, in ranges.
func (c *kafkaConsumer) sync(members []*model.Member) {
	life := c.life
	c.leads = len(members) > 0
	shares := make(map[string][]byte)
	if t := c.in.cluster.Topic(c.spec.Topic); t != nil {
		from := 0
		c.known = len(t.Partitions)
		for i, m := range members {
			n := len(t.Partitions) / len(members)
			if i < len(t.Partitions)%len(members) {
				n++
			}
			s := wire.Share{Topic: t.Name}
			for ; n > 0; n, from = n-1, from+1 {
				s.Partitions = append(s.Partitions, int32(from)) //nolint:gosec // at most 40
			}
			shares[m.ID] = wire.Assignment([]wire.Share{s})
		}
	}
	c.in.cluster.Sync(model.Sync{Identity: c.id, Shares: shares, Done: func(s model.Synced) {
		if !c.up || c.life != life {
			return
		}
		if s.Err != nil {
			c.rejoin(s.Err)
			return
		}
		c.begin(s.Assignment)
	}})
}

// begin takes up reading where the group has committed.
func (c *kafkaConsumer) begin(assignment []byte) {
	c.rest()
	shares, err := wire.ReadAssignment(assignment)
	if err != nil {
		c.in.failed = err
		return
	}
	for _, s := range shares {
		for _, index := range s.Partitions {
			p, err := c.in.cluster.Partition(s.Topic, index)
			if err != nil {
				continue
			}
			c.order = append(c.order, p)
			c.positions[p] = c.first(p)
		}
	}
	c.later(0, c.poll)
}

// first is where to begin in a partition.
func (c *kafkaConsumer) first(p *model.Partition) int64 {
	if o, ok := c.in.cluster.Group(c.spec.Group).Offset(p.Topic.Name, p.Index); ok {
		return o.At
	}
	return c.reset(p)
}

// reset is where to begin when the group has committed nothing, or what is gone:
// auto.offset.reset.
func (c *kafkaConsumer) reset(p *model.Partition) int64 {
	if c.spec.From == "latest" {
		return p.HighWatermark()
	}
	return p.Start()
}

// rest forgets the share of the generation before. Work that is under way goes on.
func (c *kafkaConsumer) rest() {
	c.stopFetching()
	c.round++
	c.positions, c.worked = make(map[*model.Partition]int64), make(map[*model.Partition]int64)
	c.order, c.held = nil, nil
}

func (c *kafkaConsumer) stopFetching() {
	for _, f := range c.fetches {
		c.in.cluster.Cancel(f)
	}
	c.fetches = nil
}

// heartbeat says that the consumer is alive, and learns whether a round has begun.
func (c *kafkaConsumer) heartbeat() {
	if c.id.Member == "" || c.id.Generation < 0 {
		return
	}
	err := c.in.cluster.Heartbeat(c.id)
	switch {
	case err == nil:
	case c.spec.Batch > 0 && c.busy && model.CodeOf(err) == model.RebalanceInProgress:
		c.called = true // it comes when it asks for records again
	default:
		if model.CodeOf(err) == model.UnknownMemberID {
			c.id.Member = ""
		}
		c.join()
	}
}

// refresh has the leader of the group see whether the topic has more partitions.
func (c *kafkaConsumer) refresh() {
	if t := c.in.cluster.Topic(c.spec.Topic); c.leads && c.id.Generation >= 0 && t != nil && len(t.Partitions) > c.known {
		c.join()
	}
}

// poll asks the leaders of its partitions for the next record, and waits for it; one that
// is told to read does it when it is told.
func (c *kafkaConsumer) poll() {
	if c.commits != "manual" && !c.busy && len(c.held) == 0 && len(c.fetches) == 0 {
		c.fetch(time.Hour)
	}
}

// fetch asks each leader for one record.
func (c *kafkaConsumer) fetch(wait time.Duration) {
	leaders := make(map[int32][]model.FetchPartition)
	var nodes []int32
	for _, p := range c.turns() {
		if p.Leader == 0 {
			continue
		}
		if leaders[p.Leader] == nil {
			nodes = append(nodes, p.Leader)
		}
		leaders[p.Leader] = append(leaders[p.Leader], model.FetchPartition{Index: p.Index, Epoch: -1, Offset: c.positions[p], MaxBytes: 1})
	}
	round := c.round
	for _, node := range nodes {
		if c.round != round || len(c.held) > 0 {
			return // the one before has brought something
		}
		if c.sessions[node] == nil {
			c.sessions[node] = c.in.cluster.NewSession(node, c.spec.Name, "")
		}
		f := &model.Fetch{
			Client: c.spec.Name, Session: c.sessions[node], Node: node, MaxWait: wait, MinBytes: 1, MaxBytes: 1, Committed: c.spec.Isolation == "committed",
			Live: func() bool { return true }, Topics: []model.FetchTopic{{Name: c.spec.Topic, Partitions: leaders[node]}},
		}
		before := c.in.journal.Last()
		f.Done = func(out []wire.Fetched) { c.fetched(out, before) }
		c.fetches = append(c.fetches, f)
		c.in.cluster.Fetch(f)
	}
	if len(nodes) == 0 && wait > 0 {
		c.later(time.Second, c.poll) // nobody leads
	}
}

// fetched takes what a fetch has brought: the journal tells which records those are.
func (c *kafkaConsumer) fetched(out []wire.Fetched, before uint64) {
	c.stopFetching()
	failed := false
	for _, part := range out[0].Partitions {
		p, err := c.in.cluster.Partition(c.spec.Topic, part.Index)
		if err != nil {
			continue
		}
		for _, bytes := range part.Batches {
			if b, _, err := wire.ReadBatch(bytes); err == nil {
				c.positions[p] = b.Base + int64(b.LastDelta) + 1
			}
		}
		if model.Code(part.Error) == model.OffsetOutOfRange {
			c.positions[p] = c.reset(p)
		}
		failed = failed || part.Error != 0
	}
	for _, e := range c.in.journal.Since(before) {
		if e.Kind != brokers.Delivered || e.Consumer != c.id.Member {
			continue
		}
		p, err := c.in.partition(e.Place)
		if err != nil {
			continue
		}
		if at := (taken{p, int64(e.Tag), e.Message, e.Label}); !slices.Contains(c.held, at) { //nolint:gosec // an offset
			c.held = append(c.held, at)
		}
	}
	wait := time.Duration(0)
	if failed {
		wait = 100 * time.Millisecond // another node leads, or will
	}
	c.later(wait, c.next)
}

// do takes a step that names the consumer.
func (c *kafkaConsumer) do(do string, w kafkaStep) error {
	name := c.spec.Name
	if do == "restart" {
		if c.up {
			return cannot("up", name, "%s runs already", name)
		}
		c.in.record(brokers.Event{Kind: brokers.Restarted, Consumer: name})
		c.start()
		return nil
	}
	if !c.up {
		return cannot("down", name, "%s does not run", name)
	}
	switch do {
	case "crash":
		c.in.record(brokers.Event{Kind: brokers.Crash, Consumer: name})
		c.die()
		return nil
	case "leave":
		c.commitWorked()
		member := c.id.Member
		c.die()
		return c.in.cluster.Leave(c.spec.Group, member, "", "")
	case "read":
		return c.read()
	case "work":
		if len(c.held) == 0 {
			return cannot("empty", name, "%s holds no record", name)
		}
		r := c.held[0]
		c.held = c.held[1:]
		c.done(r, true)
		return nil
	case "pace":
		takes, err := duration(w.Takes)
		c.times.takes = takes
		return err
	case "commit":
		for _, p := range c.order {
			c.commit(p, c.positions[p])
		}
		return nil
	case "seek":
		return c.seek(w)
	}
	return fmt.Errorf("a consumer cannot %s", do)
}

// die ends the program. What it does not say, its group learns when its session ends.
func (c *kafkaConsumer) die() {
	c.rest()
	c.up = false
	for _, s := range c.sessions {
		s.End()
	}
}

// read brings the next record, if there is one.
func (c *kafkaConsumer) read() error {
	before := len(c.held)
	held := c.held
	c.held = nil
	c.fetch(0)
	c.held = append(held, c.held...)
	if len(c.held) == before {
		return cannot("end", c.spec.Name, "%s is at the end", c.spec.Name)
	}
	return nil
}

// seek sets where to read on: in one partition, or in all that the consumer has.
func (c *kafkaConsumer) seek(w kafkaStep) error {
	if (w.Offset == "") == (w.Ago == "") {
		return fmt.Errorf("expected offset or ago, exactly one of the two")
	}
	c.stopFetching()
	c.held = nil
	for _, p := range c.order {
		if index, ok := w.Partition.(float64); ok && int32(index) != p.Index {
			continue
		}
		at, err := c.seekIn(p, w)
		if err != nil {
			return err
		}
		c.positions[p] = at
	}
	c.later(0, c.poll)
	return nil
}

func (c *kafkaConsumer) seekIn(p *model.Partition, w kafkaStep) (int64, error) {
	switch w.Offset {
	case "start":
		return p.Start(), nil
	case "end":
		return p.HighWatermark(), nil
	case "":
		ago, err := duration(w.Ago)
		if err != nil {
			return 0, err
		}
		at, _ := p.ByTime(c.in.clock.Now().Add(-ago).UnixMilli(), p.HighWatermark())
		if at < 0 {
			at = p.HighWatermark()
		}
		return at, nil
	}
	at, err := strconv.ParseInt(w.Offset, 10, 64)
	if err != nil || at < p.Start() || at > p.HighWatermark() {
		return 0, cannot("range", c.spec.Name, "offset is %q, expected start, end or a number from %d to %d", w.Offset, p.Start(), p.HighWatermark())
	}
	return at, nil
}
