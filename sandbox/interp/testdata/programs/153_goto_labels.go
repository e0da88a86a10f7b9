package main

import (
	"fmt"
)

func main() {
	i := 0
again:
	if i < 3 {
		fmt.Print(i, " ")
		i++
		goto again
	}
rows:
	for r := 0; r < 3; r++ {
		for c := 0; c < 3; c++ {
			if c == r {
				continue rows
			}
			if r == 2 {
				break rows
			}
			fmt.Print(r, c, ";")
		}
	}
	fmt.Println()
}
