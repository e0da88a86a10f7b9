package main

import (
	"fmt"
)

var (
	a = b + 1
	b = f()
	c = map[string]int{"a": a}
)

func f() int { return 10 }

func init() { c["init"] = a * 2 }
func init() { fmt.Println("second init", b) }

func main() { fmt.Println(a, b, c["a"], c["init"]) }
