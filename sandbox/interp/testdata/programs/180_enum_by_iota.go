package main

import (
	"fmt"
)

type level int

const (
	low level = iota
	mid
	high
)

func main() {
	k := mid
	counts := map[level]int{mid: 4}
	counts[high]++
	fmt.Println(k == mid, k < high, counts[high], counts[low], counts[k])
	switch k {
	case low:
		fmt.Println("low")
	case mid, high:
		fmt.Println("not low")
	}
}
