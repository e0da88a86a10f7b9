package main

import (
	"fmt"
)

type t struct{ n int }

func main() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var p *t
	fmt.Println(p.n)
}
