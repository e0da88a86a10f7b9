package main

import (
	"fmt"
)

func mul(a, b [][]int) [][]int {
	out := make([][]int, len(a))
	for i := range out {
		out[i] = make([]int, len(b[0]))
		for j := range out[i] {
			for k := range b {
				out[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return out
}

func main() { fmt.Println(mul([][]int{{1, 2}, {3, 4}}, [][]int{{5, 6}, {7, 8}})) }
