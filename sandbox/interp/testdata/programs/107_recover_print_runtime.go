package main

import (
	"fmt"
)

func main() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var s []int
	i := 3
	fmt.Println(s[i])
}
