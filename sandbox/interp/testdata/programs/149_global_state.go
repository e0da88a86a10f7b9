package main

import (
	"fmt"
)

var registry = map[string]func(int) int{}

func register(name string, f func(int) int) { registry[name] = f }

func init() {
	register("double", func(n int) int { return n * 2 })
	register("square", func(n int) int { return n * n })
}

var counter int

func next() int { counter++; return counter }

func main() {
	fmt.Println(registry["double"](4), registry["square"](4), next(), next(), counter)
}
