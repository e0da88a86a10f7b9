package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// limit is to how many bytes the tests let a batch decompress.
const limit = 1 << 20

// sample makes a batch of three records.
func sample() Batch {
	return Pack(Batch{Producer: 7, ProducerEpoch: 1, Sequence: 5}, []Record{
		{Delta: 0, Time: 1000, Key: []byte("a"), Value: []byte("one"), Headers: Headers(map[string]string{"h": "v"})},
		{Delta: 1, Time: 1005, Value: []byte("two")},
		{Delta: 2, Time: 999, Key: []byte("a")},
	})
}

// compressed makes a batch whose records are body, compressed.
func compressed(c Compression, body []byte) []byte {
	var out bytes.Buffer
	switch c {
	case Gzip:
		w := gzip.NewWriter(&out)
		w.Write(body)
		w.Close()
	case Snappy:
		out.Write(s2.EncodeSnappy(nil, body))
	case LZ4:
		w := lz4.NewWriter(&out)
		w.Write(body)
		w.Close()
	case Zstd:
		w, _ := zstd.NewWriter(&out)
		w.Write(body)
		w.Close()
	}
	b := sample()
	b.Attributes = int16(c)
	b.Bytes = append(make([]byte, batchHeader), out.Bytes()...)
	b.writeHead()
	return b.Bytes
}

// FuzzBatch: no bytes make the reader panic or take more than the limit, and a batch
// without compression that can be read is packed to the same records.
func FuzzBatch(f *testing.F) {
	f.Add(sample().Bytes)
	marker := Marker(3, 2, true, 77)
	f.Add(marker.Bytes)
	for _, c := range []Compression{Gzip, Snappy, LZ4, Zstd} {
		f.Add(compressed(c, sample().Bytes[batchHeader:]))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > batchHeader && in[16] == 2 { // let the fuzzer past the checksum
			b := Batch{Bytes: bytes.Clone(in)}
			binary.BigEndian.PutUint32(b.Bytes[8:], uint32(len(in)-batchPrefix))
			b.sum()
			in = b.Bytes
		}
		b, rest, err := ReadBatch(in)
		if err != nil {
			return
		}
		if len(b.Bytes)+len(rest) != len(in) {
			t.Errorf("%d bytes and %d left of %d", len(b.Bytes), len(rest), len(in))
		}
		var records []Record
		if b.Each(limit, func(r Record) bool { records = append(records, r); return true }) != nil || b.Attributes&attrLogAppendTime != 0 {
			return
		}
		again, i := Pack(b, records), 0
		if err := again.Each(limit, func(r Record) bool {
			want := records[i]
			i++
			if r.Delta != want.Delta || r.Time != want.Time || !bytes.Equal(r.Key, want.Key) || !bytes.Equal(r.Value, want.Value) || (r.Value == nil) != (want.Value == nil) {
				t.Errorf("record %d: %+v, want %+v", i, r, want)
			}
			return true
		}); err != nil || i != len(records) {
			t.Errorf("packed again: %d of %d records, %v", i, len(records), err)
		}
	})
}

// FuzzProduce: no request makes the reader panic, and what it reads is what kmsg reads.
func FuzzProduce(f *testing.F) {
	for _, version := range []int16{3, 9} {
		req := kmsg.NewPtrProduceRequest()
		req.SetVersion(version)
		req.Acks, req.TimeoutMillis = -1, 100
		req.Topics = []kmsg.ProduceRequestTopic{{Topic: "t", Partitions: []kmsg.ProduceRequestTopicPartition{{Partition: 2, Records: sample().Bytes}}}}
		f.Add(req.AppendTo(nil), version)
	}
	f.Fuzz(func(t *testing.T, in []byte, version int16) {
		if version < 3 || version > 11 {
			return
		}
		got, err := ReadProduce(in, version)
		if err != nil {
			return
		}
		req := kmsg.NewPtrProduceRequest()
		req.SetVersion(version)
		if err := req.ReadFrom(in); err != nil || len(req.Topics) != len(got.Topics) || req.Acks != got.Acks {
			t.Fatalf("%+v, kmsg reads %+v, %v", got, req, err)
		}
		for i, want := range req.Topics {
			if want.Topic != got.Topics[i].Name || len(want.Partitions) != len(got.Topics[i].Partitions) {
				t.Errorf("%+v, kmsg reads %+v", got.Topics[i], want)
			}
		}
	})
}

// FuzzHeader: no beginning of a request makes the reader panic.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("\x00\x12\x00\x03\x00\x00\x00\x01\x00\x03kgo\x00"), true)
	f.Fuzz(func(t *testing.T, in []byte, flexible bool) {
		h, err := ReadHeader(in)
		if err != nil {
			return
		}
		if body, err := h.ReadClient(in, flexible); err == nil && len(body) > len(in)-HeaderLen {
			t.Errorf("a body of %d bytes from %d", len(body), len(in))
		}
	})
}

// FuzzMember: no bytes of a member make the readers panic.
func FuzzMember(f *testing.F) {
	a := kmsg.ConsumerMemberAssignment{Topics: []kmsg.ConsumerMemberAssignmentTopic{{Topic: "t", Partitions: []int32{1, 2}}}}
	f.Add(a.AppendTo(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		shares, err := ReadAssignment(in)
		if err == nil && len(shares) > len(in) {
			t.Errorf("%d topics from %d bytes", len(shares), len(in))
		}
		_, _ = ReadSubscription(in)
	})
}

// TestBomb: a batch that decompresses to too much is refused, in every compression.
func TestBomb(t *testing.T) {
	for _, c := range []Compression{Gzip, Snappy, LZ4, Zstd} {
		b, _, err := ReadBatch(compressed(c, make([]byte, 64<<20)))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Each(limit, func(Record) bool { return true }); !errors.Is(err, ErrTooLarge) {
			t.Errorf("compression %d: %v, want %v", c, err, ErrTooLarge)
		}
	}
}

// TestFetchAsKmsg: kmsg reads what WriteFetch writes.
func TestFetchAsKmsg(t *testing.T) {
	topics := []Fetched{{Topic: "t", Partitions: []FetchedPartition{
		{Index: 1, HighWatermark: 9, LastStable: 8, LogStart: 2, Aborted: []Aborted{{Producer: 4, First: 3}}, Batches: [][]byte{sample().Bytes, bytes.Repeat([]byte("b"), 2*chunk)}},
		{Index: 2, Error: 6, HighWatermark: -1, LastStable: -1, LogStart: -1},
	}}}
	for version := int16(4); version <= 12; version++ {
		var out bytes.Buffer
		if err := WriteFetch(&out, 42, version, 0, topics); err != nil {
			t.Fatal(err)
		}
		b := out.Bytes()
		if size := binary.BigEndian.Uint32(b); int(size) != len(b)-SizeLen {
			t.Errorf("version %d: length %d, want %d", version, size, len(b)-SizeLen)
		}
		resp := kmsg.NewPtrFetchResponse()
		resp.SetVersion(version)
		skip := 8
		if resp.IsFlexible() {
			skip++
		}
		if err := resp.ReadFrom(b[skip:]); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		p := resp.Topics[0].Partitions
		if resp.Topics[0].Topic != "t" || p[0].HighWatermark != 9 || p[0].AbortedTransactions[0].FirstOffset != 3 || len(p[0].RecordBatches) != len(sample().Bytes)+2*chunk || p[1].ErrorCode != 6 || p[1].RecordBatches == nil {
			t.Errorf("version %d: %+v", version, resp)
		}
	}
}
