package main

import (
	"fmt"
)

type level int

const (
	low level = iota + 1
	mid
	high
)

func main() {
	k := mid
	counts := map[level]int{}
	counts[high]++
	fmt.Println(k == mid, counts[high])
}
