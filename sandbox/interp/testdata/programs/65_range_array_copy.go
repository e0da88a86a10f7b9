package main

import (
	"fmt"
)

func main() {
	a := [3]int{1, 2, 3}
	for i, v := range a {
		a[2] = 10
		if i == 2 {
			fmt.Println("v =", v)
		}
	}
	s := []int{1, 2, 3}
	for i, v := range s {
		s[2] = 10
		if i == 2 {
			fmt.Println("v =", v)
		}
	}
}
