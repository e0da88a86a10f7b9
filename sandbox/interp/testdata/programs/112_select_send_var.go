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
		e := ev{i, fmt.Sprint("e", i)}
		select {
		case out <- e:
		default:
			fmt.Println("full at", i)
		}
	}
	close(out)
	for e := range out {
		fmt.Println(e.id, e.name)
	}
}
