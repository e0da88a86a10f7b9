package main

import (
	"fmt"
	"strconv"
)

func mapTo[T, U any](xs []T, f func(T) U) []U {
	var out []U
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func main() {
	fmt.Println(mapTo[int, string]([]int{1, 2}, func(i int) string { return strconv.Itoa(i * 10) }))
	fmt.Println(mapTo[string, int]([]string{"a", "bb"}, func(s string) int { return len(s) }))
}
