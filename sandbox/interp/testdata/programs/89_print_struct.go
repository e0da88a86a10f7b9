package main

import (
	"fmt"
)

type in struct {
	A int
	B string
}
type out struct {
	In  in
	L   []in
	M   map[string]int
	P   *in
	Any any
}

func main() {
	o := out{In: in{1, "x"}, L: []in{{2, "y"}}, M: map[string]int{"z": 1, "a": 2}}
	fmt.Println(o, &o)
	fmt.Printf("%v %+v\n", o, o)
}
