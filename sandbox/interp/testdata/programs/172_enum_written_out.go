package main

import (
	"fmt"
)

type level int

const (
	low  level = iota + 1
	mid  level = iota + 1
	high level = iota + 1
)

func main() {
	k := mid
	counts := map[level]int{}
	counts[high]++
	counts[low] += 2
	fmt.Println(k == mid, k < high, counts[high], counts[low])
}
