package main

import (
	"fmt"
	"time"
)

type p struct{ n int }

func (x p) String() string { return fmt.Sprint("p", x.n) }

func show(v any) string {
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	return "no"
}

func main() { fmt.Println(show(p{1}), show(2), show(3*time.Second)) }
