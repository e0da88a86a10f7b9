package main

import "fmt"

type S interface {
	A()
	B()
}
type T struct{}

func (T) A() {}
func main()  { var s S = T{}; fmt.Println(s) }
