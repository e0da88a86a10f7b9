package main

import (
	"fmt"
)

func main() {
	var ps []*int
	for i := 0; i < 3; i++ {
		v := i * 2
		ps = append(ps, &v)
	}
	for _, p := range ps {
		fmt.Println(*p)
	}
}
