package main

import (
	"fmt"
)

type point struct{ x, y int }
type line struct {
	a, b point
	tags []string
}

func move(l line) line { l.a.x += 5; l.tags[0] = "moved"; return l }

func main() {
	l := line{point{1, 2}, point{3, 4}, []string{"t"}}
	m := move(l)
	k := l
	k.b.y = 99
	fmt.Println(l, m, k)
}
