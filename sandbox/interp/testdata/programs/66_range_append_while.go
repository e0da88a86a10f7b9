package main

import (
	"fmt"
)

func main() {
	s := []int{1, 2, 3}
	for _, v := range s {
		s = append(s, v*2)
	}
	fmt.Println(s)
}
