package main

import (
	"errors"
	"fmt"
)

type Shape interface{ Area() float64 }
type Sq struct{ S float64 }
type Ci struct{ R float64 }

func (s Sq) Area() float64  { return s.S * s.S }
func (c *Ci) Area() float64 { return c.R }
func kind(v any) string {
	switch x := v.(type) {
	case nil:
		return "nil"
	case int, int64:
		return fmt.Sprintf("int %v", x)
	case string:
		return "string " + x
	case error:
		return "error " + x.Error()
	case Shape:
		return fmt.Sprintf("shape %.1f", x.Area())
	case []byte:
		return "bytes"
	case func() int:
		return "func"
	default:
		return fmt.Sprintf("other %T", x)
	}
}
func main() {
	for _, v := range []any{1, int64(2), "s", errors.New("e"), Sq{2}, &Ci{3}, nil, []byte("x"), func() int { return 1 }, 2.5} {
		fmt.Println(kind(v))
	}
	var s Shape = Sq{1}
	if q, ok := s.(Sq); ok {
		fmt.Println("sq", q.S)
	}
	_, ok := s.(*Ci)
	fmt.Println(ok)
}
