package main

import (
	"fmt"
)

type base struct{ hits int }

func (b *base) hit() int { b.hits++; return b.hits }

type page struct {
	*base
	path string
}

func main() {
	b := &base{}
	p, q := page{b, "/a"}, page{b, "/b"}
	p.hit()
	fmt.Println(q.hit(), p.hits, b.hits, p.path)
}
