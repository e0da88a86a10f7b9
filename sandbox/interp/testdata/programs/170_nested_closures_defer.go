package main

import (
	"fmt"
)

func outer() (s string) {
	defer func() { s += "3" }()
	func() {
		defer func() { s += "1" }()
		s += "0"
	}()
	s += "2"
	return s
}

func main() { fmt.Println(outer()) }
