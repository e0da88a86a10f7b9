package main

import (
	"fmt"
)

type a struct{ N int }
type b struct{ N int }

func name(v any) string {
	switch v.(type) {
	case a:
		return "a"
	case b:
		return "b"
	}
	return "?"
}

func main() {
	fmt.Println(name(a{1}), name(b{1}), any(a{1}) == any(b{1}))
	x, ok := any(b{2}).(a)
	fmt.Println(x, ok)
}
