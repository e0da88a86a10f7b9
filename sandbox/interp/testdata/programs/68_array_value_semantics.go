package main

import (
	"fmt"
)

type grid [2][2]int

func fill(g grid) grid { g[0][1] = 7; return g }

func main() {
	var g grid
	h := fill(g)
	k := h
	k[1][0] = 3
	fmt.Println(g, h, k, h == k)
}
