package main

import (
	"fmt"
)

type myErr struct{}

func (*myErr) Error() string { return "my" }

func get(fail bool) error {
	var e *myErr
	if fail {
		e = &myErr{}
	}
	return e
}

func main() { fmt.Println(get(false) == nil, get(true) == nil) }
