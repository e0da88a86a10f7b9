package main

import (
	"fmt"
)

func sum(base int, xs ...int) int {
	for _, x := range xs {
		base += x
	}
	return base
}
func pair() (int, int) { return 3, 4 }
func add(a, b int) int { return a + b }

func main() {
	fmt.Println(sum(1), sum(1, 2, 3), sum(1, []int{4, 5}...), add(pair()), sum(pair()))
}
