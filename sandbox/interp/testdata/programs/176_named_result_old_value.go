package main

import (
	"fmt"
)

func total(ns ...int) (t int) {
	for _, n := range ns {
		t += n
	}
	return
}

func main() {
	a := 100
	a = total(1, 2)
	fmt.Println(a)
}
