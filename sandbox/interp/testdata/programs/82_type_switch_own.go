package main

import (
	"fmt"
)

type a struct{ n int }
type b struct{ s string }
type c interface{ m() }
type d struct{}

func (d) m() {}

func what(v any) string {
	switch x := v.(type) {
	case a:
		return fmt.Sprint("a", x.n)
	case *a:
		return fmt.Sprint("*a", x.n)
	case b:
		return "b" + x.s
	case c:
		return "c"
	case []int:
		return fmt.Sprint("ints", len(x))
	case map[string]int:
		return fmt.Sprint("map", len(x))
	case bool, float64:
		return fmt.Sprint("basic ", x)
	}
	return "?"
}

func main() {
	for _, v := range []any{a{1}, &a{2}, b{"z"}, d{}, []int{1}, map[string]int{"k": 1}, true, 2.5, 'x', nil} {
		fmt.Println(what(v))
	}
}
