package main

import (
	"errors"
	"fmt"
)

func try(f func()) (msg string) {
	defer func() {
		if r := recover(); r != nil {
			msg = fmt.Sprint("recovered ", r)
		}
	}()
	f()
	return "fine"
}

func main() {
	fmt.Println(try(func() {}))
	fmt.Println(try(func() { panic("boom") }))
	fmt.Println(try(func() { panic(errors.New("err")) }))
	fmt.Println(try(func() { panic(42) }))
}
