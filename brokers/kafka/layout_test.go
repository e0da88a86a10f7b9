package kafka_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

// TestLayouts: every flexible version that is announced has a layout, which fits what kmsg
// writes, whatever it holds, and nothing shorter.
func TestLayouts(t *testing.T) {
	l := start(t)
	versions, err := kadm.NewClient(l.client()).ApiVersions(within(t))
	must(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	versions.Sorted()[0].EachKeySorted(func(key, low, high int16) {
		for version := low; version <= high && key != 0; version++ {
			req := kmsg.RequestForKey(key)
			if req.SetVersion(version); !req.IsFlexible() {
				continue
			}
			tried++
			for range 20 {
				fill(random, reflect.ValueOf(req).Elem())
				req.SetVersion(version)
				b := req.AppendTo(nil)
				if err := wire.CheckFlexible(key, version, b); err != nil {
					t.Fatalf("%s version %d: %v: %+v", kmsg.NameForKey(key), version, err, req)
				}
				if err := wire.CheckFlexible(key, version, b[:len(b)-1]); !errors.Is(err, wire.ErrMalformed) {
					t.Fatalf("%s version %d: %v without its last byte: %+v", kmsg.NameForKey(key), version, err, req)
				}
			}
		}
	})
	if tried < 40 {
		t.Errorf("tried %d flexible versions only", tried)
	}
}

// fill puts anything into a request.
func fill(random *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[kmsg.Tags]() {
			tags := v.Addr().Interface().(*kmsg.Tags)
			*tags = kmsg.Tags{}
			for range random.IntN(3) {
				tags.Set(100+uint32(random.IntN(1000)), make([]byte, random.IntN(300)))
			}
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(random, v.Field(i))
			}
		}
	case reflect.Pointer:
		v.SetZero()
		if random.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(random, v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(4), 4))
		for i := range v.Len() {
			fill(random, v.Index(i))
		}
	case reflect.String:
		v.SetString(string(make([]byte, random.IntN(200))))
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(random.Int64N(1<<7) - 1)
	}
}
