package main

import (
	"fmt"
)

func main() {
	defer func() { fmt.Println("recovered:", recover()) }()
	a, b := 1, 0
	fmt.Println(a / b)
}
