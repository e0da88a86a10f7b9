package main

import (
	"fmt"
)

func main() {
	var fs []func() string
	for i := 0; i < 3; i++ {
		s := fmt.Sprint("n", i)
		fs = append(fs, func() string { return s })
	}
	for _, f := range fs {
		fmt.Println(f())
	}
}
