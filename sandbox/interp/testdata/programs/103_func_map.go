package main

import (
	"fmt"
)

func main() {
	ops := map[string]func(int, int) int{
		"add": func(a, b int) int { return a + b },
		"mul": func(a, b int) int { return a * b },
	}
	for _, k := range []string{"add", "mul"} {
		fmt.Println(k, ops[k](3, 4))
	}
}
