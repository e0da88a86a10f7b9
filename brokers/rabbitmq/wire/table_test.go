package wire_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/wire"
)

func TestTableTypes(t *testing.T) {
	for _, tt := range []struct {
		value any
		bytes string // after the name "k"
	}{
		{true, "t\x01"},
		{false, "t\x00"},
		{int8(-1), "b\xff"},
		{uint8(255), "B\xff"},
		{int16(-2), "s\xff\xfe"},
		{uint16(258), "u\x01\x02"},
		{int32(-2), "I\xff\xff\xff\xfe"},
		{uint32(1 << 31), "i\x80\x00\x00\x00"},
		{int64(-1), "l\xff\xff\xff\xff\xff\xff\xff\xff"},
		{uint64(1), "L\x00\x00\x00\x00\x00\x00\x00\x01"},
		{float32(1), "f\x3f\x80\x00\x00"},
		{float64(-2), "d\xc0\x00\x00\x00\x00\x00\x00\x00"},
		{wire.Decimal{Scale: 2, Digits: 314}, "D\x02\x00\x00\x01\x3a"},
		{wire.Timestamp(1), "T\x00\x00\x00\x00\x00\x00\x00\x01"},
		{"text", "S\x00\x00\x00\x04text"},
		{[]byte{0xce}, "x\x00\x00\x00\x01\xce"},
		{[]any{}, "A\x00\x00\x00\x00"},
		{[]any{nil, true}, "A\x00\x00\x00\x03Vt\x01"},
		{wire.Table(nil), "F\x00\x00\x00\x00"},
		{wire.Table{{Name: "n", Value: nil}}, "F\x00\x00\x00\x03\x01nV"},
		{nil, "V"},
	} {
		want := append([]byte{0, 0, 0, byte(2 + len(tt.bytes))}, "\x01k"+tt.bytes...)
		table := wire.Table{{Name: "k", Value: tt.value}}
		if got := wire.AppendTable(nil, table); !bytes.Equal(got, want) {
			t.Errorf("%T %v: wrote %q, want %q", tt.value, tt.value, got, want)
		}
		got, err := wire.DecodeTable(want)
		if diff := cmp.Diff(table, got); diff != "" || err != nil {
			t.Errorf("%T: %v, want (-) and read (+):\n%s", tt.value, err, diff)
		}
	}
}

func TestTableRefuses(t *testing.T) {
	nested := "V"
	for range 40 {
		nested = "A" + string([]byte{0, 0, 0, byte(len(nested))}) + nested
	}
	for _, tt := range []struct{ rule, fields string }{
		{"a name needs a value", "\x01k"},
		{"a name needs its bytes", "\x05k"},
		{"an unknown type", "\x01k?"},
		{"a number needs its bytes", "\x01kI\x00\x00"},
		{"a string longer than the table", "\x01kS\xff\xff\xff\xff"},
		{"an array longer than the table", "\x01kA\x00\x00\x00\x02V"},
		{"a table longer than the table", "\x01kF\x00\x00\x00\x09"},
		{"a boolean is 0 or 1", "\x01kt\x02"},
		{"an array over its end", "\x01kA\x00\x00\x00\x02I\x00"},
		{"nested too deep", "\x01k" + nested},
	} {
		in := append([]byte{0, 0, 0, byte(len(tt.fields))}, tt.fields...)
		if got, err := wire.DecodeTable(in); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: read %v, error %v, want ErrMalformed", tt.rule, got, err)
		}
	}
	if _, err := wire.DecodeTable([]byte("\x00\x00\x00\x00more")); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("bytes after the table: %v, want ErrMalformed", err)
	}
}

func TestTableGetAndWith(t *testing.T) {
	first := wire.Table{{Name: "a", Value: int32(1)}, {Name: "b", Value: int32(2)}}
	second := first.With("a", "new").With("c", nil)
	if value, ok := first.Get("a"); value != int32(1) || !ok {
		t.Errorf("With changed the table: a is %v", value)
	}
	want := wire.Table{{Name: "a", Value: "new"}, {Name: "b", Value: int32(2)}, {Name: "c", Value: nil}}
	if diff := cmp.Diff(want, second); diff != "" {
		t.Error(diff)
	}
	if _, ok := second.Get("d"); ok {
		t.Error("d is there")
	}
}

// TestLongNames: a name has one byte for its length, so a longer one is cut.
func TestLongNames(t *testing.T) {
	out := wire.AppendTable(nil, wire.Table{{Name: strings.Repeat("n", 300), Value: math.Pi}})
	table, err := wire.DecodeTable(out)
	if err != nil || len(table[0].Name) != 255 {
		t.Errorf("read %v, error %v", table, err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add(wire.AppendTable(nil, wire.Table{
		{Name: "a", Value: "text"}, {Name: "b", Value: []any{int32(1), wire.Table{{Name: "c", Value: nil}}}},
		{Name: "d", Value: math.NaN()}, {Name: "e", Value: wire.Decimal{Scale: 1, Digits: 2}},
	}))
	f.Add([]byte("\x00\x00\x00\x06\x01kS\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		table, err := wire.DecodeTable(in)
		if err != nil {
			if !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("error %v is not ErrMalformed", err)
			}
			return
		}
		if out := wire.AppendTable(nil, table); !bytes.Equal(out, in) {
			t.Errorf("read % X, wrote % X", in, out)
		}
	})
}
