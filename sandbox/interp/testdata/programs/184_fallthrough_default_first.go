package main

import "fmt"

func main() {
	for i := 0; i < 4; i++ {
		switch i {
		default:
			fmt.Print("default ")
			fallthrough
		case 1:
			fmt.Print("one ")
			fallthrough
		case 2:
			fmt.Print("two ")
		}
	}
	fmt.Println()
}
