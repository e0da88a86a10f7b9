package main

import (
	"fmt"
)

func main() {
	m := map[string][]int{}
	m["a"] = append(m["a"], 1, 2)
	if v, ok := m["b"]; !ok {
		fmt.Println("none", v == nil)
	}
	delete(m, "zz")
	delete(m, "a")
	fmt.Println(len(m))
	nested := map[string]map[string]int{"x": {"y": 1}}
	nested["x"]["z"] += 5
	fmt.Println(nested)
	type k struct{ a, b int }
	seen := map[k]bool{{1, 2}: true}
	fmt.Println(seen[k{1, 2}], seen[k{2, 1}])
	set := map[any]int{1: 1, "a": 2, k{3, 4}: 3}
	fmt.Println(set[1], set["a"], set[k{3, 4}])
}
