package kafka

import (
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// A produceCall is a Produce whose batches have been read, outside the sequencer.
type produceCall struct {
	wire.Produce
	batches [][]taken // by topic and partition
	left    int       // partitions that have not answered yet
}

// taken is what a producer sent for one partition, or what is wrong with it.
type taken struct {
	batches []*model.Batch
	err     error
}

func (k *call) readProduce(body []byte) (*produceCall, error) {
	req, err := wire.ReadProduce(body, k.Version)
	if err != nil {
		return nil, err
	}
	p := &produceCall{Produce: req, batches: make([][]taken, len(req.Topics))}
	for i, t := range req.Topics {
		p.batches[i] = make([]taken, len(t.Partitions))
		p.left += len(t.Partitions)
		for j, part := range t.Partitions {
			in := &p.batches[i][j]
			in.batches, in.err = k.b.intake.Read(part.Records)
		}
	}
	return p, nil
}

// handleProduce appends to partitions. With acks=all the answer comes when the last of
// them has it on all replicas in sync; with acks=0 there is none.
func (k *call) handleProduce() error {
	p := k.produce
	resp := k.response().(*kmsg.ProduceResponse)
	for _, t := range p.Topics {
		rt := kmsg.NewProduceResponseTopic()
		rt.Topic, rt.Partitions = t.Name, make([]kmsg.ProduceResponseTopicPartition, len(t.Partitions))
		resp.Topics = append(resp.Topics, rt)
	}
	var bad error
	if p.Acks < -1 || p.Acks > 1 {
		bad = model.InvalidRequiredAcks
	} else {
		bad = k.b.room()
	}
	if p.left == 0 {
		k.produced(resp)
		return nil
	}
	for i, t := range p.Topics {
		for j, part := range t.Partitions {
			out := &resp.Topics[i].Partitions[j]
			*out = kmsg.NewProduceResponseTopicPartition()
			out.Partition = part.Index
			k.append(t.Name, p.batches[i][j], bad, out, func() {
				if p.left--; p.left == 0 {
					k.produced(resp)
				}
			})
			if !k.live() {
				return nil
			}
		}
	}
	return nil
}

// append hands one partition's batches to the model; done is called when out is filled.
func (k *call) append(topic string, in taken, bad error, out *kmsg.ProduceResponseTopicPartition, done func()) {
	answer := func(a model.Appended) {
		out.BaseOffset, out.LogAppendTime, out.LogStartOffset = a.Base, a.Time, a.Start
		out.ErrorCode, out.ErrorMessage = k.code(a.Err), text(a.Err)
		done()
	}
	for _, err := range []error{bad, in.err} {
		if err != nil {
			answer(model.Appended{Base: -1, Time: -1, Err: err})
			return
		}
	}
	p, err := k.b.cluster.Partition(topic, out.Partition)
	if err == nil {
		err = p.CheckEpoch(k.node, -1)
	}
	if err != nil {
		answer(model.Appended{Base: -1, Time: -1, Err: err})
		return
	}
	p.Append(model.Append{
		Client: k.name, Batches: in.batches, Acks: k.produce.Acks, Transaction: k.produce.Transaction,
		Timeout: time.Duration(k.produce.TimeoutMS) * time.Millisecond, Done: answer,
		Live: k.live,
	})
}

// produced sends the answer, if the producer wants one. With acks=0 an error ends the
// connection: the producer has no other way to learn that it should ask for the leader.
func (k *call) produced(resp *kmsg.ProduceResponse) {
	if k.produce.Acks != 0 {
		k.reply(resp)
		return
	}
	k.nothing()
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				_ = k.nc.SetReadDeadline(time.Now())
				return
			}
		}
	}
}

// patience is how long a fetch waits for records when its client wants to wait for so
// many milliseconds.
func (b *Broker) patience(millis int32) time.Duration {
	asked := time.Duration(millis) * time.Millisecond
	if b.cfg.FetchWait > 0 {
		return min(asked, b.cfg.FetchWait)
	}
	return asked
}

// handleFetch gives records to a consumer, or waits for them.
func (k *call) handleFetch() error {
	req := k.request.(*kmsg.FetchRequest)
	if req.SessionID != 0 || req.SessionEpoch > 0 {
		k.fetched(int16(model.FetchSessionNotFound), nil)
		return nil
	}
	f := &model.Fetch{
		Client: k.name, Session: k.session, Node: k.node, MaxWait: k.b.patience(req.MaxWaitMillis),
		MinBytes: int(req.MinBytes), MaxBytes: int(req.MaxBytes), Committed: req.IsolationLevel == 1,
		Live: k.live,
	}
	for _, t := range req.Topics {
		ft := model.FetchTopic{Name: t.Topic}
		for _, p := range t.Partitions {
			ft.Partitions = append(ft.Partitions, model.FetchPartition{Index: p.Partition, Epoch: p.CurrentLeaderEpoch, Offset: p.FetchOffset, MaxBytes: int(p.PartitionMaxBytes)})
		}
		f.Topics = append(f.Topics, ft)
	}
	if err := k.b.room(); err != nil {
		k.fetched(k.code(err), nil)
		return nil
	}
	k.answer(f)
	k.fetches[f] = struct{}{}
	k.b.cluster.Fetch(f)
	return nil
}

// answer says what becomes of a Fetch that is answered: an answer that carries records is a
// frame of the journal.
func (k *call) answer(f *model.Fetch) {
	var asked, frame uint64
	f.Frame = func() uint64 {
		if frame == 0 {
			k.fetch.Client = k.name
			asked, frame = k.b.journal.Received(k.fetch), k.b.journal.ReserveFrame()
		}
		return frame
	}
	f.Done = func(out []wire.Fetched) {
		delete(k.fetches, f)
		if frame != 0 {
			start, size := wire.FetchStart(brokers.MaxFrameBytes, k.Correlation, k.Version, out)
			k.b.journal.Sent(frame, brokers.RawFrame{Client: k.name, Size: size, Bytes: start, Explain: explainFetched(k.Version), Request: asked})
		}
		k.fetched(0, out)
	}
}

func (k *call) fetched(code int16, out []wire.Fetched) {
	size := 0
	for i := range out {
		for j := range out[i].Partitions {
			size += out[i].Partitions[j].Size()
		}
	}
	k.out.know(&k.place, size <= shortAnswer, func(w io.Writer) error {
		return wire.WriteFetch(w, k.Correlation, k.Version, code, out)
	})
}
