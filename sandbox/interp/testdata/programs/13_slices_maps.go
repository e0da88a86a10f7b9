package main

import (
	"fmt"
	"maps"
	"slices"
)

func main() {
	xs := []int{3, 1, 2}
	slices.Sort(xs)
	fmt.Println(xs, slices.Contains(xs, 2), slices.Index(xs, 3), slices.Max(xs))
	m := map[string]int{"b": 2, "a": 1}
	ks := slices.Sorted(maps.Keys(m))
	fmt.Println(ks)
	slices.SortFunc(xs, func(a, b int) int { return b - a })
	fmt.Println(xs)
}
