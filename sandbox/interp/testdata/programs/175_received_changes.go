package main

import (
	"fmt"
)

func main() {
	ch := make(chan string, 1)
	s := "a"
	ch <- s
	s = <-ch
	s = "b"
	fmt.Println(s)
}
