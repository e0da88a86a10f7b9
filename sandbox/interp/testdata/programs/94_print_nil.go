package main

import (
	"fmt"
)

type rec struct{ n int }

func main() {
	var p *rec
	var e error
	var m map[string]int
	var s []int
	var a any
	var f func()
	fmt.Println(p, e, m, s, a, p == nil, f == nil, len(m), len(s))
	fmt.Printf("%v %d %s\n", s, s, e)
}
