package connect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// How the consumers of sinks are set, as clients are by default.
const (
	sessionTimeout    = 45 * time.Second
	rebalanceTimeout  = 60 * time.Second
	heartbeatInterval = 3 * time.Second
	fetchWait         = 500 * time.Millisecond
	fetchBytes        = 1 << 20
	retryBackoff      = 100 * time.Millisecond
)

// A sink is a member of the group connect-NAME. It writes a document first and commits
// afterwards: what was written and not committed is written again after a crash.
type sink struct {
	t      *task
	topics []string
	chain  []transform
	key    converter
	value  converter
	parts  []*part

	member     string // id in the group; empty before the first join
	generation int32
	leads      bool
	fetches    map[*model.Fetch]*model.Session
}

// A part is a partition that the sink was given.
type part struct {
	topic     string
	index     int32
	next      int64 // offset to read from
	committed int64
}

func newSink(t *task) (*sink, error) {
	s := &sink{t: t, topics: list(t.c.config["topics"]), fetches: make(map[*model.Fetch]*model.Session)}
	s.key, s.value = converterOf(t.c.config, "key"), converterOf(t.c.config, "value")
	var err error
	s.chain, err = chainOf(t.c.config)
	return s, err
}

func (s *sink) setting(name string) string { return s.t.c.plugin.get(s.t.c.config, name) }

func (s *sink) group() string { return "connect-" + s.t.c.name }

func (s *sink) cluster() *model.Cluster { return s.t.c.w.cfg.Cluster }

func (s *sink) start() error {
	if s.t.c.w.cfg.Index == nil {
		return fmt.Errorf("org.apache.kafka.connect.errors.ConnectException: Couldn't connect to %s: this lab has no search index", s.setting("connection.url"))
	}
	for _, name := range s.topics {
		if _, err := s.t.c.w.topic(model.NewTopic{Name: name}); err != nil { // as asking for it does
			return err
		}
	}
	s.join("")
	s.t.after(heartbeatInterval, s.heartbeat)
	s.t.after(flushInterval, s.flushLater)
	return nil
}

// stop commits and leaves the group.
func (s *sink) stop() {
	s.commit()
	s.quit()
}

// quit leaves the group.
func (s *sink) quit() {
	s.forget()
	_ = s.cluster().Leave(s.group(), s.member, "", "the consumer is being closed")
}

// forget ends reading without a word.
func (s *sink) forget() {
	for f, session := range s.fetches {
		s.cluster().Cancel(f)
		session.End()
	}
	clear(s.fetches)
}

// identity is how the member names itself.
func (s *sink) identity() model.Identity {
	return model.Identity{Group: s.group(), Member: s.member, Generation: s.generation}
}

// join begins a round. What was being read is given up.
func (s *sink) join(why string) {
	s.forget()
	s.parts = nil
	s.cluster().Join(model.Join{
		Group: s.group(), Member: s.member, Client: Client, ClientID: s.clientID(), Host: "127.0.0.1", Kind: "consumer",
		Session: sessionTimeout, Rebalance: rebalanceTimeout, Reason: why,
		Protocols: []model.Protocol{{Name: "range", Metadata: subscription(s.topics)}},
		Done:      s.once(s.joined),
	})
}

// clientID is what the consumer of a task is called.
func (s *sink) clientID() string { return "connector-consumer-" + s.t.name() }

// once has the answer to a request taken up in a step of its own.
func (s *sink) once(then func(model.Joined)) func(model.Joined) {
	step := s.t.step
	return func(j model.Joined) {
		if s.t.step == step {
			s.t.after(0, func() { then(j) })
		}
	}
}

func (s *sink) joined(j model.Joined) {
	if j.Err != nil {
		s.again(j.Err)
		return
	}
	s.member, s.generation, s.leads = j.Member, j.Generation, j.Leader == j.Member
	shares := make(map[string][]byte)
	if s.leads {
		shares = s.divide(j.Members)
	}
	step := s.t.step
	s.cluster().Sync(model.Sync{Identity: s.identity(), Kind: "consumer", Protocol: "range", Shares: shares, Done: func(got model.Synced) {
		if s.t.step == step {
			s.t.after(0, func() { s.synced(got) })
		}
	}})
}

// again joins anew after an error, as a member that is not known if it is not.
func (s *sink) again(err error) {
	if errors.Is(err, model.UnknownMemberID) || errors.Is(err, model.IllegalGeneration) {
		s.member = ""
	}
	s.t.after(retryBackoff, func() { s.join("rejoining") })
}

// divide gives each member a range of every topic's partitions.
func (s *sink) divide(members []*model.Member) map[string][]byte {
	ids := make([]string, 0, len(members))
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	out := make(map[string][]byte)
	for i, id := range ids {
		share := make(map[string][]int32)
		for _, name := range s.topics {
			t := s.cluster().Topic(name)
			if t == nil {
				continue
			}
			n := len(t.Partitions)
			from, to := i*n/len(ids), (i+1)*n/len(ids)
			for p := from; p < to; p++ {
				share[name] = append(share[name], int32(p))
			}
		}
		out[id] = assignment(share, s.topics)
	}
	return out
}

func (s *sink) synced(got model.Synced) {
	if got.Err != nil {
		s.again(got.Err)
		return
	}
	shares, err := wire.ReadAssignment(got.Assignment)
	if err != nil && len(got.Assignment) > 0 {
		s.t.fail(err)
		return
	}
	for _, share := range shares {
		for _, index := range share.Partitions {
			s.parts = append(s.parts, s.begin(share.Topic, index))
		}
	}
	for _, p := range s.parts {
		s.fetch(p)
	}
}

// begin finds where to go on in a partition: what is committed or, as sinks are set, the
// beginning.
func (s *sink) begin(topic string, index int32) *part {
	p := &part{topic: topic, index: index}
	if g := s.cluster().Group(s.group()); g != nil {
		if o, ok := g.Offset(topic, index); ok {
			p.next, p.committed = o.At, o.At
			return p
		}
	}
	if at, err := s.cluster().Partition(topic, index); err == nil {
		p.next = at.Start()
	}
	return p
}

// fetch asks for what follows; the answer comes when there is something.
func (s *sink) fetch(p *part) {
	at, err := s.cluster().Partition(p.topic, p.index)
	if err != nil || at.Leader == 0 {
		s.t.after(fetchWait, func() { s.fetchIfMine(p) })
		return
	}
	session := s.cluster().NewSession(at.Leader, s.clientID(), "127.0.0.1")
	life := s.t.c.w.life
	f := &model.Fetch{
		Client: Client, Session: session, Node: at.Leader, MaxWait: fetchWait, MinBytes: 1, MaxBytes: fetchBytes, Committed: false,
		Live:   func() bool { return s.t.c.w.live(life) },
		Topics: []model.FetchTopic{{Name: p.topic, Partitions: []model.FetchPartition{{Index: p.index, Epoch: -1, Offset: p.next, MaxBytes: fetchBytes}}}},
	}
	step := s.t.step
	f.Done = func(got []wire.Fetched) {
		session.End()
		delete(s.fetches, f)
		if s.t.step == step {
			s.t.after(0, func() { s.put(p, got[0].Partitions[0]) })
		}
	}
	s.fetches[f] = session
	s.cluster().Fetch(f)
}

func (s *sink) fetchIfMine(p *part) {
	if slices.Contains(s.parts, p) {
		s.fetch(p)
	}
}

// put writes what was fetched, record by record, and asks for more.
func (s *sink) put(p *part, got wire.FetchedPartition) {
	if !slices.Contains(s.parts, p) {
		return // given to another member meanwhile
	}
	if model.Code(got.Error) == model.OffsetOutOfRange {
		p.next = got.LogStart
	} else if got.Error != 0 {
		s.t.after(retryBackoff, func() { s.fetchIfMine(p) })
		return
	}
	life, step := s.t.c.w.life, s.t.step
	var ended error
	err := eachOf(got, p.next, func(offset int64, raw wire.Record) bool {
		ended = s.one(p, offset, raw)
		if ended != nil || !s.t.c.w.live(life) || s.t.step != step {
			return false
		}
		p.next = offset + 1
		return true
	})
	if err := errors.Join(ended, err); err != nil {
		s.t.fail(err)
		return
	}
	if s.t.c.w.live(life) && s.t.step == step {
		s.fetch(p)
	}
}

// one converts, transforms and writes a record. Its error ends the task.
func (s *sink) one(p *part, offset int64, raw wire.Record) error {
	r := &Record{
		Topic: p.topic, Partition: p.index, Offset: offset, Time: time.UnixMilli(raw.Time), Headers: unpackHeaders(raw.Headers),
		rawKey: raw.Key, rawValue: raw.Value,
	}
	var err error
	if r.Key, err = s.key.value(raw.Key); err != nil {
		return s.reject(r, stageKey, err)
	}
	if r.Value, err = s.value.value(raw.Value); err != nil {
		return s.reject(r, stageValue, err)
	}
	changed, err := apply(s.chain, r)
	if err != nil {
		return s.reject(r, stageTransform, err)
	}
	if changed == nil {
		return nil
	}
	if err := s.write(changed); err != nil {
		return s.reject(r, stagePut, err)
	}
	return nil
}

// write puts a document into the index, or removes one.
func (s *sink) write(r *Record) error {
	id, err := s.id(r)
	if err != nil {
		return err
	}
	index := strings.ToLower(r.Topic)
	if r.Value == nil {
		switch s.setting("behavior.on.null.values") {
		case "ignore":
			return nil
		case "delete":
			return s.t.c.w.cfg.Index.Delete(index, id)
		}
		return dataError(fmt.Sprintf("Sink connector %s encountered a null value and behavior.on.null.values is fail", s.t.c.name))
	}
	if _, ok := r.Value.(*Struct); !ok {
		return dataError("A document must be a JSON object, found: " + javaName(r.Value))
	}
	document, err := encode(r.Value)
	if err != nil {
		return err
	}
	return s.t.c.w.cfg.Index.Put(index, id, document)
}

// id is a document's id: from the key or, when that is to be ignored, from where the
// record stands.
func (s *sink) id(r *Record) (string, error) {
	if s.setting("key.ignore") == "true" {
		return fmt.Sprintf("%s+%d+%d", r.Topic, r.Partition, r.Offset), nil
	}
	if r.Key == nil {
		return "", dataError("Key is used as document id and can not be null.")
	}
	id, ok := textOf(r.Key)
	if !ok {
		return "", dataError("Key is used as document id and must be a string, a number or a boolean, found: " + javaName(r.Key))
	}
	if id == "" || len(id) > 512 {
		return "", dataError("Key is used as document id and has " + strconv.Itoa(len(id)) + " bytes, want 1 to 512")
	}
	return id, nil
}

// keep sends a record as it came to the dead letter queue.
func (s *sink) keep(topic string, r *Record, headers []Header) error {
	factor, _ := strconv.Atoi(strings.TrimSpace(s.setting("errors.deadletterqueue.topic.replication.factor"))) // validated
	if _, err := s.t.c.w.topic(model.NewTopic{Name: topic, Partitions: 1, Replication: int16(factor)}); err != nil {
		return err
	}
	step := s.t.step
	s.t.c.w.send(topic, r.rawKey, r.rawValue, headers, func(err error) {
		if err != nil && s.t.step == step {
			s.t.fail(err)
		}
	})
	return nil
}

// heartbeat keeps the member in its group, and joins again when a round has begun.
func (s *sink) heartbeat() {
	s.t.after(heartbeatInterval, s.heartbeat)
	if s.member == "" || s.parts == nil && len(s.fetches) == 0 && s.generation == 0 {
		return
	}
	err := s.cluster().Heartbeat(s.identity())
	switch {
	case err == nil:
	case errors.Is(err, model.RebalanceInProgress):
		s.commit()
		s.join("the group is rebalancing")
	default:
		s.again(err)
	}
}

// flushLater commits, and again after the interval.
func (s *sink) flushLater() {
	s.commit()
	s.t.after(flushInterval, s.flushLater)
}

// commit says up to where records were written.
func (s *sink) commit() {
	var commits []model.Commit
	for _, p := range s.parts {
		if p.next > p.committed {
			commits = append(commits, model.Commit{Topic: p.topic, Index: p.index, Offset: model.Offset{At: p.next, Epoch: -1}})
		}
	}
	if len(commits) == 0 || !s.t.c.w.cfg.Journal.Room() {
		return
	}
	life := s.t.c.w.life
	errs, err := s.cluster().Commit(s.identity(), Client, commits)
	if err != nil || !s.t.c.w.live(life) {
		return // the next heartbeat finds out
	}
	for i, c := range commits {
		if errs[i] != nil {
			s.t.c.w.record(brokers.Event{Kind: brokers.Refused, Place: s.t.name(), Reason: "commit: " + clip(errs[i].Error())})
			continue
		}
		for _, p := range s.parts {
			if p.topic == c.Topic && p.index == c.Index {
				p.committed = c.Offset.At
			}
		}
	}
}
