package main

import "fmt"

func main() {
	for i := 0; i < 5; i++ {
		switch i {
		case 0:
			fmt.Print("zero ")
			fallthrough
		case 1:
			fmt.Print("one ")
			if i == 1 {
				break
			}
			fallthrough
		case 2:
		case 3:
			fmt.Print("three ")
			fallthrough
		default:
			fmt.Print("default ")
		}
	}
	fmt.Println()
}
