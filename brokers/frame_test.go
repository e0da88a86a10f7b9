package brokers_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers"
)

// whole names a frame by all its bytes.
func whole(b []byte) (string, []brokers.Field) {
	return "frame " + string(b[:min(8, len(b))]), []brokers.Field{{Name: "all", Value: string(b), At: 0, Length: len(b)}}
}

func TestEventsCarryTheFrameThatCausedThem(t *testing.T) {
	j := brokers.NewJournal(100, brokers.Forget, brokers.RealClock())
	j.Append(brokers.Event{Kind: brokers.Started})
	in := []byte("ask")
	j.Handling(brokers.RawFrame{Client: "c1", Channel: 3, Bytes: in, Explain: whole})
	j.Append(brokers.Event{Kind: brokers.Published})
	j.Append(brokers.Event{Kind: brokers.Routed})
	sent := j.ReserveFrame()
	j.Append(brokers.Event{Kind: brokers.Confirmed, Frame: sent})
	j.Handled()
	j.Append(brokers.Event{Kind: brokers.Expired})
	copy(in, "xxx") // the caller's again
	var frames []uint64
	for _, e := range j.Since(0) {
		frames = append(frames, e.Frame)
	}
	if diff := cmp.Diff([]uint64{0, 1, 1, 2, 0}, frames); diff != "" {
		t.Error(diff)
	}
	if _, ok := j.Frame(sent); ok {
		t.Error("a frame is there that was never sent")
	}
	j.Sent(sent, brokers.RawFrame{Client: "c1", Bytes: bytes.Repeat([]byte("y"), 600), Explain: whole})
	asked, _ := j.Frame(1)
	want := brokers.Frame{ID: 1, Client: "c1", Channel: 3, Name: "frame ask", Size: 3, Bytes: []byte("ask"), Fields: []brokers.Field{{Name: "all", Value: "ask", At: 0, Length: 3}}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	if f, ok := j.Frame(sent); !ok || !f.Out || f.Size != 600 || len(f.Bytes) != brokers.MaxFrameBytes {
		t.Errorf("sent frame %+v, %t", f, ok)
	}
}

// TestFramesThatCauseNothingAreNotKept lets a thousand frames go by without a word.
func TestFramesThatCauseNothingAreNotKept(t *testing.T) {
	j := brokers.NewJournal(100, brokers.Forget, brokers.RealClock())
	for range 1000 {
		j.Handling(brokers.RawFrame{Bytes: []byte("heartbeat"), Explain: whole})
		j.Handled()
	}
	if n := j.ReserveFrame(); n != 1 {
		t.Errorf("the next frame is %d, want 1", n)
	}
}

// TestOldFramesAreForgotten fills the ring several times over with frames of all
// sizes: the newest are there as they were, and whatever is there is right.
func TestOldFramesAreForgotten(t *testing.T) {
	j := brokers.NewJournal(100, brokers.Forget, brokers.RealClock())
	const all = 40_000
	bytesOf := func(id uint64) []byte { return bytes.Repeat([]byte{byte(id)}, int(id*7%700)) }
	for range all {
		id := j.ReserveFrame()
		j.Sent(id, brokers.RawFrame{Bytes: bytesOf(id), Explain: whole})
	}
	kept := 0
	for id := uint64(1); id <= all; id++ {
		f, ok := j.Frame(id)
		if !ok {
			if kept > 0 {
				t.Fatalf("frame %d is gone and an older one is not", id)
			}
			continue
		}
		kept++
		if want := bytesOf(id); f.Size != len(want) || !bytes.Equal(f.Bytes, want[:min(len(want), brokers.MaxFrameBytes)]) {
			t.Fatalf("frame %d is not what was sent: %d bytes, want %d", id, f.Size, len(want))
		}
	}
	if kept < 4000 {
		t.Errorf("%d frames are kept, want some thousands", kept)
	}
}

// TestRequestsAreFrames sends requests, two of them in one go.
func TestRequestsAreFrames(t *testing.T) {
	j := brokers.NewJournal(100, brokers.Forget, brokers.RealClock())
	seq := brokers.NewSequencer(j)
	client, server := net.Pipe()
	served := make(chan error, 1)
	go func() {
		defer server.Close()
		served <- brokers.ServeHTTP(server, seq, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			j.Append(brokers.Event{Kind: brokers.Effect, Source: "ledger"})
		}), 1<<20)
	}()
	first := "POST /charges HTTP/1.1\r\nHost: ledger\r\nIdempotency-Key: o-1\r\nContent-Length: 4\r\n\r\n{\"a\""
	second := "POST /more HTTP/1.1\r\nHost: ledger\r\nContent-Length: 600\r\nConnection: close\r\n\r\n" + strings.Repeat("b", 600)
	go func() { _, _ = io.WriteString(client, first+second) }()
	if _, err := io.ReadAll(client); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	events := j.Since(0)
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	f, _ := j.Frame(events[0].Frame)
	if f.Name != "POST /charges" || string(f.Bytes) != first || f.Size != len(first) {
		t.Errorf("frame %q, %q of %d bytes", f.Name, f.Bytes, f.Size)
	}
	want := []brokers.Field{
		{Name: "method", Value: "POST", At: 0, Length: 4}, {Name: "path", Value: "/charges", At: 5, Length: 8},
		{Name: "version", Value: "HTTP/1.1", At: 14, Length: 8}, {Name: "host", Value: "ledger", At: 24, Length: 12},
		{Name: "idempotency-key", Value: "o-1", At: 38, Length: 20}, {Name: "content-length", Value: "4", At: 60, Length: 17},
		{Name: "body", Value: `{"a"`, At: 81, Length: 4},
	}
	if diff := cmp.Diff(want, f.Fields); diff != "" {
		t.Error(diff)
	}
	if f, _ := j.Frame(events[1].Frame); f.Name != "POST /more" || f.Size != len(second) || len(f.Bytes) != brokers.MaxFrameBytes {
		t.Errorf("frame %q of %d bytes, %d kept; want %d", f.Name, f.Size, len(f.Bytes), len(second))
	}
}

// FuzzExplainHTTP reads any bytes as a request.
func FuzzExplainHTTP(f *testing.F) {
	f.Add([]byte("POST /charges HTTP/1.1\r\nHost: x\r\n\r\nbody"))
	f.Add([]byte("GET  \n:\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, fields := brokers.ExplainHTTP(b)
		end := 0
		for _, field := range fields {
			if field.At < end || field.Length < 0 || field.At+field.Length > len(b) {
				t.Fatalf("field %+v of %d bytes, after one that ends at %d", field, len(b), end)
			}
			end = field.At + field.Length
		}
	})
}

// BenchmarkAppendInFrame appends events of small frames, as a broker does.
func BenchmarkAppendInFrame(b *testing.B) {
	j := brokers.NewJournal(20_000, brokers.Forget, brokers.RealClock())
	raw := brokers.RawFrame{Client: "c1", Channel: 1, Bytes: bytes.Repeat([]byte("x"), 300), Explain: whole}
	for _, frames := range []bool{false, true} {
		b.Run(fmt.Sprintf("frames=%t", frames), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if frames {
					j.Handling(raw)
				}
				j.Append(brokers.Event{Kind: brokers.Published})
				j.Handled()
			}
		})
	}
}
