package main

import (
	"errors"
	"fmt"
)

type id int
type rec struct{ n int }

func main() {
	var a, b any = 1, 1
	var c any = id(1)
	fmt.Println(a == b, a == c, c == id(1), any(rec{1}) == any(rec{1}), any(&rec{1}) == any(&rec{1}))
	var e1, e2 error
	fmt.Println(e1 == e2, e1 == nil)
	e1 = errors.New("x")
	e2 = e1
	fmt.Println(e1 == e2, e1 == errors.New("x"))
}
