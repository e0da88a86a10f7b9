package inhost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// kafkas are the producers and consumers of a scene with Kafka.
type kafkas struct {
	*stage
	cluster   *model.Cluster
	intake    model.Intake
	producers map[string]*kafkaProducer
	consumers map[string]*kafkaConsumer
	turn      map[string]int32 // by topic: the next partition for a record without a key
	streamed  int              // records of streams so far: their values are numbers
}

// Times of Kafka's clients, where a scene does not say.
const (
	playSession   = 10 * time.Second
	playHeartbeat = 3 * time.Second
	playRebalance = time.Minute
	playAckWait   = 30 * time.Second
	playCommits   = 5 * time.Second // auto.commit.interval.ms
	playMetadata  = 5 * time.Minute // metadata.max.age.ms
	playDecoded   = 1 << 20         // bytes to which a batch may decompress
)

func newKafkas(s *stage) cast {
	k := &kafkas{
		stage: s, producers: make(map[string]*kafkaProducer), consumers: make(map[string]*kafkaConsumer), turn: make(map[string]int32),
		intake: model.Intake{Limit: playDecoded, Label: func(value []byte) string { return string(value) }},
	}
	k.cluster = model.NewCluster(model.Config{
		Clock: s.clock, Journal: s.journal, Quota: brokers.DefaultQuota(), Label: k.intake.Label, Nodes: 3, Decoded: playDecoded,
		ReplicaLagMax: 30 * time.Second,
		Run: func(step func()) {
			if !s.over() {
				step()
			}
		},
	})
	return k
}

func (k *kafkas) state() brokers.State { return k.cluster.Picture() }

// A kafkaStep is a step with all the fields that its verb may have.
type kafkaStep struct {
	Name        string         `json:"name"`
	Partitions  int32          `json:"partitions"`
	Replication int16          `json:"replication"`
	Configs     map[string]any `json:"configs"`
	Node        any            `json:"node"` // a number, or a field's text
	By          string         `json:"by"`
	Acks        string         `json:"acks"`
	Idempotent  bool           `json:"idempotent"`
	Transaction string         `json:"transaction"`
	Group       string         `json:"group"`
	Topic       string         `json:"topic"`
	Commit      any            `json:"commit"` // how a consumer commits, or whether a transaction does
	Takes       string         `json:"takes"`
	Service     string         `json:"service"`
	From        string         `json:"from"`
	Isolation   string         `json:"isolation"`
	Session     string         `json:"session"`
	Key         *string        `json:"key"`
	Value       string         `json:"value"`
	Partition   any            `json:"partition"` // a number, or topic/0
	Count       int            `json:"count"`
	Producer    string         `json:"producer"`
	Consumer    string         `json:"consumer"`
	Offset      string         `json:"offset"`
	Ago         string         `json:"ago"`
	Leads       string         `json:"leads"`
	Unclean     bool           `json:"unclean"`
	Batch       int            `json:"batch"`
	Interval    string         `json:"interval"`
	Fails       string         `json:"fails"`
	MaxPoll     string         `json:"max_poll"`
	Instance    string         `json:"instance"`
	Every       string         `json:"every"`
	For         string         `json:"for"`
}

// do takes one step.
func (k *kafkas) do(step brokers.Action) error {
	var w kafkaStep
	if err := decode(step.With, &w); err != nil {
		return err
	}
	switch step.Do {
	case "topic":
		return k.topic(w)
	case "partitions":
		return k.cluster.Grow(w.Topic, w.Partitions, nil, false)
	case "lag":
		return k.lag(w)
	case "producer":
		return k.producer(w)
	case "produce":
		return k.produce(w)
	case "consumer":
		return k.consumer(w)
	case "node-down", "node-up":
		return k.node(step.Do, w)
	case "leader":
		return k.leader(w)
	}
	if w.Producer != "" {
		p, ok := k.producers[w.Producer]
		if !ok {
			return fmt.Errorf("there is no producer %q, expected one of %q", w.Producer, slices.Sorted(maps.Keys(k.producers)))
		}
		return p.do(step.Do, w)
	}
	c, ok := k.consumers[w.Consumer]
	if !ok {
		return fmt.Errorf("there is no consumer %q, expected one of %q", w.Consumer, slices.Sorted(maps.Keys(k.consumers)))
	}
	return c.do(step.Do, w)
}

func (k *kafkas) topic(w kafkaStep) error {
	configs := make(map[string]string)
	for name, value := range w.Configs {
		configs[name] = fmt.Sprint(value)
	}
	_, err := k.cluster.CreateTopic(model.NewTopic{Name: w.Name, Partitions: max(w.Partitions, 1), Replication: max(w.Replication, 1), Config: configs}, false)
	return err
}

func (k *kafkas) lag(w kafkaStep) error {
	node, err := k.nodeOf(w.Node)
	if err != nil {
		return err
	}
	by, err := duration(w.By)
	if err != nil {
		return err
	}
	node.Lag = by
	return nil
}

// nodeOf is the node that a number or a text names.
func (k *kafkas) nodeOf(of any) (*model.Node, error) {
	id, err := strconv.Atoi(fmt.Sprint(of))
	if err != nil || k.cluster.Node(int32(id)) == nil { //nolint:gosec // the cluster knows three
		return nil, fmt.Errorf("node is %v, expected 1, 2 or 3", of)
	}
	return k.cluster.Node(int32(id)), nil //nolint:gosec // likewise
}

// node takes a node down or brings it back: one that is named, or the leader of a partition.
func (k *kafkas) node(do string, w kafkaStep) error {
	if (w.Node == nil) == (w.Leads == "") {
		return fmt.Errorf("expected node or leads, exactly one of the two")
	}
	if w.Leads != "" {
		p, err := k.partition(w.Leads)
		if err != nil {
			return err
		}
		if p.Leader == 0 {
			return cannot("down", w.Leads, "nobody leads %s", w.Leads)
		}
		w.Node = p.Leader
	}
	node, err := k.nodeOf(w.Node)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("node-%d", node.ID)
	switch {
	case do == "node-down" && !node.Up:
		return cannot("down", name, "%s is down", name)
	case do == "node-up" && node.Up:
		return cannot("up", name, "%s is up", name)
	case do == "node-down":
		k.cluster.NodeDown(node.ID, "asked for")
	default:
		k.cluster.NodeUp(node.ID, "asked for")
	}
	return nil
}

func (k *kafkas) leader(w kafkaStep) error {
	p, err := k.partition(fmt.Sprint(w.Partition))
	if err != nil {
		return err
	}
	node, err := k.nodeOf(w.Node)
	if err != nil {
		return err
	}
	return p.Hand(node.ID, w.Unclean, "asked for")
}

// partition finds topic/0.
func (k *kafkas) partition(name string) (*model.Partition, error) {
	at := strings.LastIndexByte(name, '/')
	index, err := strconv.ParseInt(name[at+1:], 10, 32)
	if at < 0 || err != nil {
		return nil, fmt.Errorf("partition is %q, expected a topic and a number, such as orders/0", name)
	}
	return k.cluster.Partition(name[:at], int32(index))
}

// place is how the journal names a partition.
func place(p *model.Partition) string { return fmt.Sprintf("%s/%d", p.Topic.Name, p.Index) }

// A kafkaProducer is a producer with what it sent last.
type kafkaProducer struct {
	in       *kafkas
	spec     kafkaStep
	id       int64 // as the cluster gave it; wire.NoProducer: it is not idempotent
	epoch    int16
	sequence map[*model.Partition]int32
	last     *sent
}

// sent is a record on its way.
type sent struct {
	to       *model.Partition
	key      *string
	value    string
	sequence int32
	acks     int16
}

// producer makes a producer.
func (k *kafkas) producer(w kafkaStep) error {
	if k.producers[w.Name] != nil {
		return cannot("there", w.Name, "there is a producer %q already", w.Name)
	}
	p := &kafkaProducer{in: k, spec: w, id: wire.NoProducer, sequence: make(map[*model.Partition]int32)}
	if w.Idempotent {
		p.id = k.cluster.NewProducer()
	}
	k.producers[w.Name] = p
	return nil
}

// produce sends one record or several. Without a producer's name it is the first one.
func (k *kafkas) produce(w kafkaStep) error {
	names := slices.Sorted(maps.Keys(k.producers))
	if w.From == "" && len(names) > 0 {
		w.From = names[0]
	}
	p := k.producers[w.From]
	if p == nil {
		return fmt.Errorf("there is no producer %q, expected one of %q", w.From, names)
	}
	acks, err := acksOf(cmp.Or(w.Acks, p.spec.Acks, "all"))
	if err != nil {
		return err
	}
	if w.Every != "" || w.For != "" {
		return p.stream(w, acks)
	}
	for range max(w.Count, 1) {
		if err := p.produce(w, acks); err != nil {
			return err
		}
	}
	return nil
}

// produce sends one record.
func (p *kafkaProducer) produce(w kafkaStep, acks int16) error {
	to, err := p.in.choose(w)
	if err != nil {
		return err
	}
	s := &sent{to: to, key: w.Key, value: w.Value, sequence: p.sequence[to], acks: acks}
	p.sequence[to]++
	p.last = s
	return p.send(s)
}

// stream has the producer send a record again and again from now on, for a time, while
// the scene goes on.
func (p *kafkaProducer) stream(w kafkaStep, acks int16) error {
	every, err := duration(w.Every)
	if err != nil {
		return err
	}
	lasts, err := duration(w.For)
	if err != nil {
		return err
	}
	if every <= 0 || lasts < every || w.Count > 0 || w.Value != "" {
		return fmt.Errorf("expected every and for, the longer of the two, without count and value: records of a stream are numbered")
	}
	end := p.in.clock.Now().Add(lasts)
	var next func()
	next = func() {
		p.in.streamed++
		w.Value = strconv.Itoa(p.in.streamed)
		if err := p.produce(w, acks); err != nil {
			p.in.failed = err
		}
		if !p.in.clock.Now().Add(every).After(end) {
			p.in.act(every, next)
		}
	}
	p.in.act(every, next)
	return nil
}

func acksOf(text string) (int16, error) {
	switch text {
	case "0":
		return 0, nil
	case "1":
		return 1, nil
	case "all":
		return -1, nil
	}
	return 0, fmt.Errorf("acks is %q, expected 0, 1 or all", text)
}

// choose finds the partition for a record, as Kafka's clients do: the one that is named,
// else by the key's hash, else the next.
func (k *kafkas) choose(w kafkaStep) (*model.Partition, error) {
	t := k.cluster.Topic(w.Topic)
	if t == nil {
		return nil, fmt.Errorf("there is no topic %q", w.Topic)
	}
	n := int32(len(t.Partitions)) //nolint:gosec // at most 40
	switch index := w.Partition.(type) {
	case float64:
		return k.cluster.Partition(w.Topic, int32(index))
	case nil:
	default:
		return nil, fmt.Errorf("partition is %v, expected a number", index)
	}
	if w.Key != nil && *w.Key != "" {
		return t.Partitions[int32(wire.Murmur2([]byte(*w.Key))&0x7fffffff)%n], nil //nolint:gosec // 31 bits
	}
	at := k.turn[w.Topic]
	k.turn[w.Topic] = (at + 1) % n
	return t.Partitions[at%n], nil
}

// send appends a record to its partition; what the broker refuses is in the journal.
func (p *kafkaProducer) send(s *sent) error {
	k := p.in
	like := wire.Batch{Producer: p.id, ProducerEpoch: p.epoch, Sequence: s.sequence}
	if p.id == wire.NoProducer {
		like.Sequence = -1
	}
	if p.spec.Transaction != "" {
		like.Attributes = wire.Transactional
		if err := k.cluster.AddPartition(p.spec.Transaction, p.id, p.epoch, s.to.Topic.Name, s.to.Index); err != nil {
			return cannot("txn", p.spec.Name, "%s: %v", p.spec.Name, err)
		}
	}
	r := wire.Record{Time: k.clock.Now().UnixMilli(), Value: []byte(s.value)}
	if s.key != nil && *s.key != "" {
		r.Key = []byte(*s.key)
	}
	batches, err := k.intake.Read(wire.Pack(like, []wire.Record{r}).Bytes)
	if err != nil {
		return err
	}
	s.to.Append(model.Append{Client: p.spec.Name, Batches: batches, Acks: s.acks, Timeout: playAckWait, Transaction: p.spec.Transaction, Done: func(a model.Appended) {
		if a.Err != nil && s.acks != 0 {
			k.journal.Append(brokers.Event{Kind: brokers.Refused, Source: "kafka", Client: p.spec.Name, Place: place(s.to), Label: s.value, Reason: kafkaError(a.Err)})
		}
	}})
	return nil
}

// kafkaError is an error by the name that clients show it by.
func kafkaError(err error) string {
	if known := kerr.TypedErrorForCode(int16(model.CodeOf(err))); known != nil {
		return "Produce: " + known.Message
	}
	return err.Error()
}

// do takes a step that names the producer.
func (p *kafkaProducer) do(do string, w kafkaStep) error {
	name := p.spec.Name
	switch do {
	case "resend":
		if p.last == nil {
			return cannot("empty", name, "%s has sent nothing", name)
		}
		return p.send(p.last)
	case "begin":
		if p.spec.Transaction == "" {
			return fmt.Errorf("producer %q has no transaction, expected the field at its verb", name)
		}
		p.in.cluster.InitTransactional(p.spec.Transaction, name, playRebalance, -1, -1, func(t *model.Transaction, err error) {
			if err == nil {
				p.id, p.epoch, p.sequence = t.Producer, t.Epoch, make(map[*model.Partition]int32)
			}
		})
		return nil
	case "end":
		var failed error
		commit, _ := w.Commit.(bool)
		p.in.cluster.EndTransaction(p.spec.Transaction, p.id, p.epoch, commit, func(err error) { failed = err })
		if failed != nil {
			return cannot("txn", name, "%s: %v", name, failed)
		}
		return nil
	}
	return fmt.Errorf("a producer cannot %s", do)
}
