package main

import (
	"fmt"
)

func main() {
	var fs []func() int
	for i := 0; i < 3; i++ {
		switch {
		case i >= 0:
			v := i
			fs = append(fs, func() int { return v })
		}
	}
	for _, f := range fs {
		fmt.Println(f())
	}
}
