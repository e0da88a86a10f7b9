package main

import (
	"fmt"
)

type item struct{ n int }

func main() {
	items := []item{{1}, {2}, {3}}
	for _, it := range items {
		p := &it
		p.n *= 10
	}
	for i := range items {
		p := &items[i]
		p.n += 100
	}
	fmt.Println(items)
}
