package main

import (
	"fmt"
)

type number interface {
	~int | ~int64 | ~float64
}

func total[T number](xs ...T) T {
	var t T
	for _, x := range xs {
		t += x
	}
	return t
}
func largest[T number](a, b T) T {
	if a > b {
		return a
	}
	return b
}

type cents int

func main() {
	fmt.Println(total(1, 2, 3), total(1.5, 2.5), largest(3, 9), total[cents](4, 5))
}
