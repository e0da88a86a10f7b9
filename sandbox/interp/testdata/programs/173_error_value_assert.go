package main

import (
	"fmt"
)

type failure struct{ op string }

func (f failure) Error() string { return "failed " + f.op }

func do(n int) error {
	if n > 1 {
		return failure{"do"}
	}
	return nil
}

func main() {
	if f, ok := do(5).(failure); ok {
		fmt.Println(f.op)
	}
}
