package main

import "fmt"

func main() {
	fmt.Println(min(3, 1, 2), max(2.5, 1), min("b", "a"))
	m := map[int]int{1: 1}
	clear(m)
	fmt.Println(len(m))
}
