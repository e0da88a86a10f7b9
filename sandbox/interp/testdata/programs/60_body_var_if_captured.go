package main

import (
	"fmt"
)

func main() {
	var fs []func() int
	for i := 0; i < 4; i++ {
		if i%2 == 0 {
			v := i * 10
			fs = append(fs, func() int { v++; return v })
		}
	}
	for _, f := range fs {
		fmt.Println(f(), f())
	}
}
