package wire

import (
	"bufio"
	"bytes"
	"cmp"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// whole is a publish with its content, as frames.
func whole() []byte {
	b := AppendMethod(nil, 5, &BasicPublish{Exchange: "shop", RoutingKey: "order.paid", Mandatory: true})
	p := Properties{Has: HasContentType | HasDeliveryMode, ContentType: "text/plain", DeliveryMode: 2}
	p = p.WithHeaders(Table{{Name: "try", Value: int32(3)}, {Name: "who", Value: Table{{Name: "a", Value: []any{true, nil}}}}})
	return AppendContent(b, 5, &p, []byte("hello"), 131072)
}

func TestExplainNamesEveryByte(t *testing.T) {
	name, parts := Explain(whole())
	if name != "basic.publish" {
		t.Errorf("name %q", name)
	}
	want := []Part{
		{"frame type", "1 (method)", 0, 1}, {"channel", "5", 1, 2}, {"size", "23", 3, 4},
		{"class-id", "60", 7, 2}, {"method-id", "40 (basic.publish)", 9, 2}, {"reserved-1", "0", 11, 2},
		{"exchange", "shop", 13, 5}, {"routing-key", "order.paid", 18, 11},
		{"mandatory", "true", 29, 1}, {"immediate", "false", 29, 1}, {"frame end", "0xCE", 30, 1},
		{"frame type", "2 (header)", 31, 1}, {"channel", "5", 32, 2}, {"size", "58", 34, 4},
		{"class-id", "60", 38, 2}, {"weight", "0", 40, 2}, {"body size", "5", 42, 8}, {"property flags", "0xB000", 50, 2},
		{"content-type", "text/plain", 52, 11}, {"headers", "28 bytes", 63, 4},
		{"headers.try", "3", 67, 9}, {"headers.who", "{a: [true, void]}", 76, 19},
		{"delivery-mode", "2", 95, 1}, {"frame end", "0xCE", 96, 1},
		{"frame type", "3 (body)", 97, 1}, {"channel", "5", 98, 2}, {"size", "5", 100, 4},
		{"body", "hello", 104, 5}, {"frame end", "0xCE", 109, 1},
	}
	if diff := gocmp.Diff(want, parts); diff != "" {
		t.Error(diff)
	}
}

// TestLayoutsAreThoseOfTheMethods holds the layouts against the code that reads and
// writes: what a method writes is explained to the last byte, with nothing left.
func TestLayoutsAreThoseOfTheMethods(t *testing.T) {
	if len(layouts) != len(methods) {
		t.Errorf("%d layouts, want %d", len(layouts), len(methods))
	}
	for _, id := range ids() {
		b := AppendMethod(nil, 1, New(id))
		name, parts := Explain(b)
		if name != id.String() || hasMalformed(parts) {
			t.Errorf("%v is explained as %q: %+v", id, name, parts)
		}
		covers(t, b, parts)
	}
}

// TestExplainOfWhatWasCutOff cuts a message at every byte.
func TestExplainOfWhatWasCutOff(t *testing.T) {
	b := whole()
	for n := 11; n < len(b); n++ {
		name, parts := Explain(b[:n])
		if name != "basic.publish" {
			t.Fatalf("%d bytes are called %q", n, name)
		}
		covers(t, b[:n], parts)
	}
}

// ids lists the methods by number.
func ids() []ID {
	return slices.SortedFunc(maps.Keys(methods), func(a, b ID) int {
		return cmp.Or(int(a.Class)-int(b.Class), int(a.Method)-int(b.Method))
	})
}

func hasMalformed(parts []Part) bool {
	for _, p := range parts {
		if p.Name == "malformed" {
			return true
		}
	}
	return false
}

// covers fails unless the parts are all of b, in order and without overlap; flags of
// one byte share it.
func covers(t *testing.T, b []byte, parts []Part) {
	t.Helper()
	end, last := 0, -1
	for _, p := range parts {
		if p.At == last && p.Length == 1 {
			continue
		}
		if p.At != end || p.Length <= 0 {
			t.Fatalf("part %+v, want one at %d", p, end)
		}
		end, last = p.At+p.Length, p.At
	}
	if end != len(b) {
		t.Fatalf("%d bytes are explained of %d: %+v", end, len(b), parts)
	}
}

// FuzzExplain reads any bytes as frames: every byte is explained once, and a frame
// that the decoder takes is never called malformed.
func FuzzExplain(f *testing.F) {
	f.Add(whole())
	for _, id := range ids() {
		f.Add(AppendMethod(nil, 1, New(id)))
	}
	f.Add(bytes.Repeat([]byte{1}, 40))
	f.Fuzz(func(t *testing.T, b []byte) {
		name, parts := Explain(b)
		covers(t, b, parts)
		frame, err := NewFrameReader(bufio.NewReader(bytes.NewReader(b)), FrameMin).Next()
		if err != nil || frame.Type != FrameMethod || len(frame.Payload)+FrameOverhead < len(b) {
			return
		}
		m, err := DecodeMethod(frame.Payload)
		if err == nil && (hasMalformed(parts) || name != m.ID().String()) {
			t.Fatalf("%s is explained as %s: %+v", m.ID(), name, parts)
		}
	})
}
