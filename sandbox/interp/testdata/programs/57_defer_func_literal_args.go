package main

import (
	"fmt"
)

func main() {
	n := 10
	defer func(v int) { fmt.Println("v", v) }(n)
	n = 20
	fmt.Println(n)
}
