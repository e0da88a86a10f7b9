package main

import "fmt"

func main() {
	for i := 0; i < 4; i++ {
		switch i {
		case 0:
			fmt.Print("zero ")
		case 1:
			;
		case 2:
			fmt.Print("two ")
		default:
			fmt.Print("default ")
		}
	}
	fmt.Println()
}
