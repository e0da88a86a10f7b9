package main

import "fmt"

type In struct {
	A int
	b string
}
type Out struct {
	In
	P *int
	M map[string]int
	S []In
	E error
	F any
}

func main() {
	v := Out{In: In{1, "x"}, M: map[string]int{"b": 2, "a": 1}, S: []In{{2, "y"}}, F: In{3, "z"}}
	fmt.Printf("%v\n%+v\n", v, v)
	fmt.Printf("%#v\n", In{1, "x"})
	fmt.Printf("%T %T %T\n", v, &v, v.S)
	fmt.Println(&In{4, "w"})
}
