package kafka_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/brokerlab/brokerlab/brokers"
)

// TestAnswersToFetchAreFrames: what brings records is a frame that is read to its last
// byte, and says which request it answers, also when that one had waited; what is long is
// kept as far as other frames are.
func TestAnswersToFetchAreFrames(t *testing.T) {
	l := start(t)
	l.topic("t", 1, 1, nil)
	reader := l.client(kgo.ConsumeTopics("t"), kgo.FetchMaxWait(10*time.Second))
	long := make(chan struct{})
	go func() {
		defer close(long)
		read(t, reader, 2)
	}()
	time.Sleep(50 * time.Millisecond) // for the reader to wait most often; it is well either way
	writer := l.client(kgo.DefaultProduceTopic("t"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	must(t, writer.ProduceSync(within(t), kgo.StringRecord("short")).FirstErr())
	must(t, writer.ProduceSync(within(t), kgo.StringRecord(strings.Repeat("long", 500))).FirstErr())
	<-long
	given := l.events(brokers.Delivered)
	if len(given) != 2 {
		t.Fatalf("delivered: %+v", given)
	}
	for i, e := range given {
		f, ok := l.journal.Frame(e.Frame)
		if !ok || f.Name != "Fetch response" || !f.Out || f.Client != e.Client || f.Request == nil {
			t.Fatalf("record %d came with %+v, %t", i, f, ok)
		}
		if f.Request.Name != "Fetch" || f.Request.Out || f.Request.Client != e.Client || valueOf(f.Request, "correlation id") != valueOf(&f, "correlation id") {
			t.Errorf("record %d was asked for with %+v", i, f.Request)
		}
		if valueOf(&f, "topic") != "t" || valueOf(&f, "base offset") == "" {
			t.Errorf("the answer with record %d says %+v", i, f.Fields)
		}
		if len(f.Bytes) != min(f.Size, brokers.MaxFrameBytes) {
			t.Errorf("of %d bytes %d are kept", f.Size, len(f.Bytes))
		}
	}
	if f, _ := l.journal.Frame(given[0].Frame); given[0].Frame != given[1].Frame && (valueOf(&f, "record 0: value") != "short" || f.Fields[len(f.Fields)-1].At+f.Fields[len(f.Fields)-1].Length < f.Size-4) {
		t.Errorf("the answer with one short record says %+v of %d bytes", f.Fields, f.Size)
	}
}

func valueOf(f *brokers.Frame, name string) string {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}
