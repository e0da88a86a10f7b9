package main

import (
	"fmt"
)

func main() {
	n := 0
	inc := func() int { n++; return n }
	get := func() int { return n }
	inc()
	inc()
	n += 10
	fmt.Println(get(), inc(), n)
	fs := make([]func(), 3)
	total := 0
	for i := range fs {
		i := i
		fs[i] = func() { total += i }
	}
	for _, f := range fs {
		f()
	}
	fmt.Println(total)
}
