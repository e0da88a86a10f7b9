package main

import (
	"fmt"
)

type ev struct {
	id   int
	name string
}

func main() {
	out := make(chan ev, 3)
	for i := 0; i < 4; i++ {
		select {
		case out <- ev{i, fmt.Sprint("e", i)}:
		default:
			fmt.Println("full at", i)
		}
	}
	close(out)
	for e := range out {
		fmt.Println(e.id, e.name)
	}
}
