package main

import (
	"fmt"
	"sort"
)

func keys[K comparable, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

func main() {
	ks := keys(map[string]int{"a": 1, "b": 2})
	sort.Strings(ks)
	fmt.Println(ks, len(keys(map[int]bool{1: true})))
}
