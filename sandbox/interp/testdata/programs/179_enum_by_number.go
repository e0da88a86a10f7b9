package main

import (
	"fmt"
)

type level int

const (
	low  level = 1
	mid  level = 2
	high level = 3
)

func main() {
	k := mid
	counts := map[level]int{}
	counts[high]++
	counts[low] += 2
	fmt.Println(k == mid, k < high, counts[high], counts[low])
}
