package kafka_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
)

// FuzzRequest: whatever a request holds, the broker answers it or hangs up, goes on
// serving others, and does not panic.
func FuzzRequest(f *testing.F) {
	for key := range int16(70) {
		if req := kmsg.RequestForKey(key); req != nil {
			req.SetVersion(min(req.MaxVersion(), 4))
			f.Add(key, req.GetVersion(), req.AppendTo([]byte("\xff\xff\x00")))
			req.SetVersion(min(req.MaxVersion(), 9))
			f.Add(key, req.GetVersion(), req.AppendTo([]byte("\xff\xff\x00")))
			f.Add(key, int16(0), []byte("\x00\x01c\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"))
		}
	}
	l := start(f)
	l.topic("t", 2, 3, nil)
	l.apply("produce", map[string]any{"topic": "t", "value": "x"})
	f.Fuzz(func(t *testing.T, key, version int16, body []byte) {
		conn, err := net.Dial("tcp", l.addrs[0])
		must(t, err)
		defer conn.Close()
		_, _ = conn.Write(frame(append([]byte{byte(key >> 8), byte(key), byte(version >> 8), byte(version), 0, 0, 0, 1}, body...)))
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
		events := l.journal.Since(l.journal.Last() - min(l.journal.Last(), 20))
		for _, e := range events {
			if e.Kind == brokers.Refused && strings.Contains(e.Reason, "panic") {
				t.Errorf("request %d version %d: %s", key, version, e.Reason)
			}
		}
	})
}
