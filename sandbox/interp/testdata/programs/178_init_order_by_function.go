package main

import (
	"fmt"
)

var first = get() + 1

var second = 10

func get() int { return second }

func main() { fmt.Println(first, second) }
