package main

import "fmt"

func main() {
outer:
	for i := 0; i < 5; i++ {
		for j := 0; j < 5; j++ {
			if j == 3 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			fmt.Print(i*10+j, " ")
		}
	}
	fmt.Println()
	n := 0
loop:
	for {
		select {
		default:
			n++
			if n > 3 {
				break loop
			}
		}
	}
	switch {
	case n > 3:
		fmt.Println("big")
		fallthrough
	case n > 100:
		fmt.Println("fell")
	default:
		fmt.Println("d")
	}
}
