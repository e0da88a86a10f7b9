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

// fetchAnswer is an answer to Fetch with two batches, behind its length.
func fetchAnswer(version int16, most int) (start []byte, size int) {
	batch := func(base int64) []byte {
		b := Pack(Batch{Producer: 42, ProducerEpoch: 3, Sequence: 9, Attributes: Transactional, FirstTime: 1_795_000_000_000}, twoRecords)
		b.Place(base, 5)
		return b.Bytes
	}
	return FetchStart(most, 77, version, []Fetched{{Topic: "orders", Partitions: []FetchedPartition{
		{Index: 2, HighWatermark: 14, LastStable: 13, LogStart: 4, Aborted: []Aborted{{Producer: 41, First: 8}}, Batches: [][]byte{batch(10), batch(12)}},
		{Index: 3, Error: 6, HighWatermark: -1, LastStable: -1, LogStart: -1},
	}}})
}

// TestEveryByteOfAnAnswerToFetchHasAName: and it means what the protocol says.
func TestEveryByteOfAnAnswerToFetchHasAName(t *testing.T) {
	for version := int16(4); version <= 12; version++ {
		b, size := fetchAnswer(version, 1<<20)
		if size != len(b) {
			t.Fatalf("version %d: %d bytes are said to be %d", version, len(b), size)
		}
		parts := ExplainFetched(b, version)
		named := make([]bool, len(b))
		for _, p := range parts {
			for i := p.At; i < p.At+p.Length; i++ {
				named[i] = true
			}
		}
		for i, is := range named {
			if !is && b[i] != 0 { // where tagged fields end is said of none
				t.Errorf("version %d: byte %d of %d has no name", version, i, len(b))
			}
		}
		got := values(parts)
		for name, want := range map[string]string{
			"correlation id": "77", "throttle time": "0 ms", "topic": "orders", "partition": "2", "high watermark": "14", "last stable offset": "13", "first offset": "8",
			"base offset": "10", "leader epoch": "5", "record 0: key": "ann", "batch 2, record 0: value": `{"order":"4"}`, "batch 2, record 1: key": "none",
		} {
			if got[name] != want {
				t.Errorf("version %d: %s is %q, want %q", version, name, got[name], want)
			}
		}
		if last := parts[len(parts)-1]; last.Name != "records" || last.Value != "0 bytes" {
			t.Errorf("version %d ends with %+v", version, last)
		}
	}
}

// TestTheBeginningOfAnAnswer is that of the whole, however little is kept.
func TestTheBeginningOfAnAnswer(t *testing.T) {
	whole, _ := fetchAnswer(12, 1<<20)
	for most := range len(whole) + 10 {
		start, size := fetchAnswer(12, most)
		if size != len(whole) || !slices.Equal(start, whole[:min(most, len(whole))]) {
			t.Fatalf("%d bytes of %d: %d, said to be %d", most, len(whole), len(start), size)
		}
		for _, p := range ExplainFetched(start, 12) {
			if p.At+p.Length > len(start) {
				t.Fatalf("%+v of %d bytes", p, len(start))
			}
		}
	}
}

// FuzzExplain: whatever the bytes, each part lies within them.
func FuzzExplain(f *testing.F) {
	f.Add(produce(9, Pack(Batch{Producer: 1}, twoRecords).Bytes), true)
	f.Add(produce(3, nil), false)
	f.Add([]byte{0, 11, 0, 9, 0, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}, true)
	for _, version := range []int16{4, 12} {
		b, _ := fetchAnswer(version, 512)
		f.Add(b, version == 12)
	}
	f.Fuzz(func(t *testing.T, b []byte, flexible bool) {
		request, answer := Explain(b, "x", flexible), ExplainFetched(b, map[bool]int16{false: 11, true: 12}[flexible])
		if len(request) > maxParts || len(answer) > maxParts {
			t.Errorf("%d and %d parts", len(request), len(answer))
		}
		for _, p := range slices.Concat(request, answer) {
			if p.At < 0 || p.Length < 0 || p.At+p.Length > len(b) {
				t.Errorf("%+v of %d bytes", p, len(b))
			}
		}
	})
}
