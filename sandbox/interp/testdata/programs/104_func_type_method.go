package main

import (
	"errors"
	"fmt"
)

type handlerFunc func(string) error
type middleware func(handlerFunc) handlerFunc

func (h handlerFunc) handle(s string) error { return h(s) }

func logging(name string) middleware {
	return func(next handlerFunc) handlerFunc {
		return func(s string) error {
			fmt.Println("before", name)
			err := next(s)
			fmt.Println("after", name, err)
			return err
		}
	}
}
func chain(h handlerFunc, ms ...middleware) handlerFunc {
	for i := len(ms) - 1; i >= 0; i-- {
		h = ms[i](h)
	}
	return h
}

func main() {
	h := chain(func(s string) error { fmt.Println("handle", s); return errors.New("x") }, logging("a"), logging("b"))
	fmt.Println(h.handle("m"))
}
