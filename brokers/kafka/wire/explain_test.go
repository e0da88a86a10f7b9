package wire

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// asked is a request as it goes over the wire, without its length.
func asked(req kmsg.Request) []byte {
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID("shop")).AppendRequest(nil, req, 7)[4:]
}

func produce(version int16, batch []byte) []byte {
	req := kmsg.NewPtrProduceRequest()
	req.SetVersion(version)
	req.Acks, req.TimeoutMillis = -1, 10000
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic = "orders"
	part := kmsg.NewProduceRequestTopicPartition()
	part.Partition, part.Records = 2, batch
	topic.Partitions = append(topic.Partitions, part)
	req.Topics = append(req.Topics, topic)
	return asked(req)
}

func values(parts []Part) map[string]string {
	out := map[string]string{}
	for _, p := range parts {
		if _, twice := out[p.Name]; !twice {
			out[p.Name] = p.Value
		}
	}
	return out
}

var twoRecords = []Record{
	{Delta: 0, Time: 1_795_000_000_000, Key: []byte("ann"), Value: []byte(`{"order":"4"}`)},
	{Delta: 1, Time: 1_795_000_000_005, Value: nil, Headers: Headers(map[string]string{"trace": "abc"})},
}

func TestABatchIsReadFieldByField(t *testing.T) {
	batch := Pack(Batch{Producer: 42, ProducerEpoch: 3, Sequence: 9, Attributes: Transactional, FirstTime: 1_795_000_000_000}, twoRecords)
	for _, version := range []int16{3, 8, 9, 11} {
		b := produce(version, batch.Bytes)
		parts := Explain(b, "Produce", version >= 9)
		got := values(parts)
		for name, want := range map[string]string{
			"api key": "0 Produce", "client id": "shop", "acks": "-1 (all)", "timeout": "10000 ms", "topic": "orders", "partition": "2",
			"base offset": "0 (the broker sets it)", "producer id": "42", "producer epoch": "3", "base sequence": "9", "record count": "2",
			"attributes": "16 (not compressed, transactional)", "record 0: key": "ann", "record 0: value": `{"order":"4"}`,
			"record 1: key": "none", "record 1: value": "none", "record 1: header": "trace", "record 1: header value": "abc", "record 1: timestamp delta": "5 ms",
		} {
			if got[name] != want {
				t.Errorf("version %d: %s is %q, want %q", version, name, got[name], want)
			}
		}
		i := slices.IndexFunc(parts, func(p Part) bool { return p.Name == "record 0: value" })
		if p := parts[i]; string(b[p.At+1:p.At+p.Length]) != `{"order":"4"}` {
			t.Errorf("version %d: the value is not where it is said to be: %q", version, b[p.At:p.At+p.Length])
		}
	}
}

func TestEveryByteOfAProduceRequestHasAName(t *testing.T) {
	b := produce(8, Pack(Batch{Producer: NoProducer, ProducerEpoch: -1, Sequence: -1}, twoRecords).Bytes)
	named := make([]bool, len(b))
	for _, p := range Explain(b, "Produce", false) {
		for i := p.At; i < p.At+p.Length; i++ {
			named[i] = true
		}
	}
	if i := slices.Index(named, false); i >= 0 {
		t.Errorf("byte %d of %d has none", i, len(b))
	}
}

func TestCompressedRecordsAreShownWhereTheirBytesAre(t *testing.T) {
	for _, c := range []Compression{Gzip, Snappy, LZ4, Zstd} {
		batch := compressed(c, sample().Bytes[batchHeader:])
		got := values(Explain(produce(9, batch), "Produce", true))
		if got["record 0: value"] != "one" || got["record 1: key"] != "none" || got["record 2: value"] != "none" || !strings.Contains(got["attributes"], compressions[c]) {
			t.Errorf("%s: %v", compressions[c], got)
		}
	}
}

func TestWhatAMemberReadsIsNamed(t *testing.T) {
	join := kmsg.NewPtrJoinGroupRequest()
	join.SetVersion(9)
	join.Group, join.SessionTimeoutMillis, join.ProtocolType = "charges", 45000, "consumer"
	p := kmsg.NewJoinGroupRequestProtocol()
	p.Name, p.Metadata = "cooperative-sticky", Subscription("orders", "late")
	join.Protocols = append(join.Protocols, p)
	got := values(Explain(asked(join), "JoinGroup", true))
	if got["group id"] != "charges" || got["session timeout"] != "45000 ms" || got["protocol"] != "cooperative-sticky" || got["metadata"] != "topics: orders, late" || got["group instance id"] != "none" {
		t.Errorf("%v", got)
	}
	sync := kmsg.NewPtrSyncGroupRequest()
	sync.SetVersion(5)
	sync.Group, sync.Generation = "charges", 3
	a := kmsg.NewSyncGroupRequestGroupAssignment()
	a.MemberID, a.MemberAssignment = "a", Assignment([]Share{{Topic: "orders", Partitions: []int32{0, 2}}})
	sync.GroupAssignment = append(sync.GroupAssignment, a)
	if got := values(Explain(asked(sync), "SyncGroup", true)); got["assignment"] != "partitions: orders/0, orders/2" || got["generation"] != "3" {
		t.Errorf("%v", got)
	}
}

// FuzzExplain: whatever the bytes, each part lies within them.
func FuzzExplain(f *testing.F) {
	f.Add(produce(9, Pack(Batch{Producer: 1}, twoRecords).Bytes), true)
	f.Add(produce(3, nil), false)
	f.Add([]byte{0, 11, 0, 9, 0, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}, true)
	f.Fuzz(func(t *testing.T, b []byte, flexible bool) {
		parts := Explain(b, "x", flexible)
		if len(parts) > maxParts {
			t.Errorf("%d parts", len(parts))
		}
		for _, p := range parts {
			if p.At < 0 || p.Length < 0 || p.At+p.Length > len(b) {
				t.Errorf("%+v of %d bytes", p, len(b))
			}
		}
	})
}
