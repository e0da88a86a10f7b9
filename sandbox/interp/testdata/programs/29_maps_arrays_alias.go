package main

import "fmt"

type K struct{ a, b int }

func main() {
	m := map[K][]string{}
	m[K{1, 2}] = append(m[K{1, 2}], "x")
	m[K{1, 2}] = append(m[K{1, 2}], "y")
	fmt.Println(m, len(m[K{3, 4}]))
	a := [3]int{1, 2, 3}
	b := a
	b[0] = 9
	fmt.Println(a, b, a == [3]int{1, 2, 3})
	s := []int{1, 2, 3, 4}
	t := s[1:3:3]
	t = append(t, 100)
	fmt.Println(s, t, cap(t))
	type node struct {
		v    int
		next *node
	}
	var head *node
	for i := range 3 {
		head = &node{i, head}
	}
	for n := head; n != nil; n = n.next {
		fmt.Print(n.v, " ")
	}
	fmt.Println()
	mm := map[string]map[string]int{}
	if mm["a"] == nil {
		mm["a"] = map[string]int{}
	}
	mm["a"]["b"]++
	fmt.Println(mm)
	ms := map[string]*K{"z": {1, 2}}
	ms["z"].a = 7
	fmt.Println(ms["z"].a, *ms["z"])
	delete(m, K{1, 2})
	fmt.Println(len(m))
	for i, r := range "héy" {
		fmt.Print(i, ":", string(r), " ")
	}
	fmt.Println()
}
