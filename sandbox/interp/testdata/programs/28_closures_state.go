package main

import "fmt"

func counter() (func() int, func()) { n := 0; return func() int { n++; return n }, func() { n = 100 } }
func fib() func() int               { a, b := 0, 1; return func() int { r := a; a, b = b, a+b; return r } }
func named() (x int, err error)     { defer func() { x *= 2 }(); x = 21; return x, nil }
func main() {
	c, r := counter()
	c()
	c()
	fmt.Println(c())
	r()
	fmt.Println(c())
	f := fib()
	for i := 0; i < 8; i++ {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	fmt.Println(named())
	var rec func(int) int
	rec = func(n int) int {
		if n < 2 {
			return 1
		}
		return n * rec(n-1)
	}
	fmt.Println(rec(10))
}
