package main

import (
	"fmt"
	"os"
)

func f() int {
	for {
	}
}
func main() { x := 1; fmt.Println("ran despite unused x and os") }
