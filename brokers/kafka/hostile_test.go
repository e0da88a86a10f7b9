package kafka_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka"
)

// raw opens a connection to the first node.
func (l *lab) raw() net.Conn {
	l.t.Helper()
	conn, err := net.Dial("tcp", l.addrs[0])
	must(l.t, err)
	l.t.Cleanup(func() { _ = conn.Close() })
	must(l.t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

// frame puts the length before a request.
func frame(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }

// TestBadFrames: each of these ends its connection, and no other.
func TestBadFrames(t *testing.T) {
	l := start(t)
	for name, in := range map[string][]byte{
		"2 GiB":           {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 9},
		"negative":        {0xff, 0xff, 0xff, 0xff},
		"nothing":         {0, 0, 0, 0},
		"TLS":             []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
		"HTTP":            []byte("GET / HTTP/1.1\r\n\r\n"),
		"unknown request": frame([]byte("\x03\xe7\x00\x00\x00\x00\x00\x01\xff\xff")),
		"unknown version": frame([]byte("\x00\x03\x00\x63\x00\x00\x00\x01\xff\xff")),
		"broken metadata": frame([]byte("\x00\x03\x00\x01\x00\x00\x00\x01\xff\xff\x00\x00\xff\xff")),
		"many topics":     frame([]byte("\x00\x03\x00\x01\x00\x00\x00\x01\xff\xff\x7f\xff\xff\xff")),
		"many tags":       frame([]byte("\x00\x03\x00\x0c\x00\x00\x00\x01\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\x0f")),
		"broken produce":  frame([]byte("\x00\x00\x00\x03\x00\x00\x00\x01\xff\xff\xff\xff\x00\x01\x00\x00\x00\x01\x7f\xff\xff\xff")),
	} {
		conn := l.raw()
		_, err := conn.Write(in)
		must(t, err)
		if n, err := io.Copy(io.Discard, conn); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %d bytes of answer, %v", name, n, err)
		}
	}
	cl := l.client(kgo.AllowAutoTopicCreation())
	must(t, cl.ProduceSync(within(t), &kgo.Record{Topic: "t"}).FirstErr())
}

// TestApiVersions: an unknown version is answered in version 0, with those that are known.
func TestApiVersions(t *testing.T) {
	l := start(t)
	conn := l.raw()
	_, err := conn.Write(frame([]byte("\x00\x12\x00\x63\x00\x00\x00\x07\xff\xff")))
	must(t, err)
	var size [4]byte
	_, err = io.ReadFull(conn, size[:])
	must(t, err)
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err = io.ReadFull(conn, body)
	must(t, err)
	resp := kmsg.NewPtrApiVersionsResponse()
	must(t, resp.ReadFrom(body[4:]))
	own := "[{18 0 4 {map[]}}]"
	if resp.ErrorCode != kerr.UnsupportedVersion.Code || fmt.Sprint(resp.ApiKeys) != own {
		t.Errorf("error %d, keys %v, want %v", resp.ErrorCode, resp.ApiKeys, own)
	}
}

// TestEveryRequest: every request that is announced, empty, in every version, is answered
// in its form.
func TestEveryRequest(t *testing.T) {
	l := start(t)
	cl := l.client()
	versions, err := kadm.NewClient(cl).ApiVersions(within(t))
	must(t, err)
	all := versions.Sorted()[0]
	tried := 0
	all.EachKeySorted(func(key, low, high int16) {
		if key == 0 {
			low = 3
		}
		for version := low; version <= high; version++ {
			conn := l.raw()
			req := kmsg.RequestForKey(key)
			req.SetVersion(version)
			if f, ok := req.(*kmsg.FetchRequest); ok {
				f.SessionEpoch, f.MaxWaitMillis = -1, 0
			}
			if p, ok := req.(*kmsg.ProduceRequest); ok {
				p.Acks = 1
			}
			_, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 3))
			must(t, err)
			var size [4]byte
			if _, err := io.ReadFull(conn, size[:]); err != nil {
				t.Errorf("%s version %d: %v", kmsg.NameForKey(key), version, err)
				continue
			}
			body := make([]byte, binary.BigEndian.Uint32(size[:]))
			_, err = io.ReadFull(conn, body)
			must(t, err)
			resp := req.ResponseKind()
			body = body[4:]
			if resp.IsFlexible() && key != 18 {
				body = body[1:]
			}
			if err := resp.ReadFrom(body); err != nil {
				t.Errorf("%s version %d: %v", kmsg.NameForKey(key), version, err)
			}
			tried++
			_ = conn.Close()
		}
	})
	if tried < 100 {
		t.Errorf("tried %d requests only", tried)
	}
}

// TestManyTopics: past the quota of topics a client gets the protocol's error.
func TestManyTopics(t *testing.T) {
	l := start(t)
	cl := l.client(kgo.RetryTimeout(patience))
	var names []string
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("topic-%05d", i))
	}
	made, err := kadm.NewClient(cl).CreateTopics(within(t), 1, 1, nil, names...)
	must(t, err)
	good, refused := 0, 0
	for _, r := range made {
		switch r.Err {
		case nil:
			good++
		case kerr.PolicyViolation:
			refused++
		}
	}
	if want := brokers.DefaultQuota().Queues; good != want || refused != 10_000-want {
		t.Errorf("%d topics made, %d refused; want %d made", good, refused, want)
	}
}

// TestManyConnections: a thousand connections each promise a Produce of 4 MiB. Those that
// would take more than the room for what arrives are hung up on, the others wait, and the
// memory stays bounded.
func TestManyConnections(t *testing.T) {
	const arriving, promised = 64 << 20, 4 << 20
	l := start(t)
	before := heap()
	ended := make(chan struct{}, 1000)
	for range cap(ended) {
		conn, err := net.Dial("tcp", l.addrs[0])
		if errors.Is(err, syscall.ECONNRESET) { // too many are open, and the broker was quick to say so
			ended <- struct{}{}
			continue
		}
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = conn.Write([]byte{0, 0x40, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1})
		go func() { // those that are hung up on make room for the next
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
			ended <- struct{}{}
		}()
	}
	for range cap(ended) - arriving/promised {
		<-ended
	}
	if grown := heap() - before; grown > arriving+32<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
}

// heap is what the heap holds, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestQuotas: what a producer sends past them is refused at once.
func TestQuotas(t *testing.T) {
	l := start(t, func(c *kafka.Config) { c.Quota.Messages = 5 })
	l.topic("t", 1, 1, map[string]string{"max.message.bytes": "200"})
	cl := l.client(kgo.DefaultProduceTopic("t"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	for i := range 5 {
		must(t, cl.ProduceSync(within(t), kgo.StringRecord(fmt.Sprint(i))).FirstErr())
	}
	if err := cl.ProduceSync(within(t), kgo.StringRecord("6")).FirstErr(); !errors.Is(err, kerr.PolicyViolation) {
		t.Errorf("the sixth: %v", err)
	}
	if err := cl.ProduceSync(within(t), kgo.SliceRecord(make([]byte, 300))).FirstErr(); !errors.Is(err, kerr.MessageTooLarge) {
		t.Errorf("a long one: %v", err)
	}
	if len(l.events(brokers.OverQuota)) == 0 {
		t.Error("the journal does not tell of the quota")
	}
}
