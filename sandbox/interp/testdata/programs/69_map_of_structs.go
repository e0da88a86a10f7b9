package main

import (
	"fmt"
)

type acc struct{ n, sum int }

func main() {
	m := map[string]acc{}
	for _, v := range []int{3, 4, 5} {
		a := m["k"]
		a.n++
		a.sum += v
		m["k"] = a
	}
	fmt.Println(m["k"].n, m["k"].sum, m["none"])
}
