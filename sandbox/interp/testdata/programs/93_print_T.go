package main

import (
	"fmt"
)

type rec struct{ N int }

func main() {
	fmt.Printf("%T %T %T\n", 1, "s", []string{})
	fmt.Printf("%T\n", rec{})
}
