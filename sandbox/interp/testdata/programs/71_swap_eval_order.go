package main

import (
	"fmt"
)

func f(s string, n int) int { fmt.Print(s, " "); return n }

func main() {
	a := []int{1, 2, 3}
	a[0], a[2] = a[2], a[0]
	i := 0
	i, a[i] = 2, 50
	fmt.Println(a, i)
	x := f("a", 1) + f("b", 2)*f("c", 3)
	fmt.Println(x)
	b, c := 1, 2
	b, c = c, b+c
	fmt.Println(b, c)
}
