package main

import (
	"fmt"
)

func a() {
	defer fmt.Println("a deferred")
	b()
	fmt.Println("never")
}
func b() {
	defer func() { fmt.Println("b deferred") }()
	panic("p")
}

func main() {
	defer func() { r := recover(); fmt.Println("got", r) }()
	a()
}
