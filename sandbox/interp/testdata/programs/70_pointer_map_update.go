package main

import (
	"fmt"
)

type order struct {
	id   int
	qty  int
	next *order
}

func main() {
	byID := map[int]*order{}
	for i := 1; i <= 3; i++ {
		byID[i] = &order{id: i}
	}
	byID[2].qty += 5
	byID[1].next = byID[2]
	byID[1].next.qty++
	fmt.Println(byID[2].qty, byID[1].next.id, byID[3].next == nil)
}
