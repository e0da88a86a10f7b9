package main

import "fmt"

func f(b bool) int {
	if b {
		return 1
	}
}
func main() { fmt.Println(f(false)) }
