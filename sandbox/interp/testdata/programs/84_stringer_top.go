package main

import (
	"fmt"
)

type level int

const (
	low level = iota
	high
)

func (l level) String() string {
	if l == low {
		return "low"
	}
	return "high"
}

func main() {
	fmt.Println(low, high)
	fmt.Printf("%v %s %q\n", low, high, low)
	s := fmt.Sprintf("%10s|%-6v|", low, high)
	fmt.Println(s)
	fmt.Println("level: " + high.String())
}
