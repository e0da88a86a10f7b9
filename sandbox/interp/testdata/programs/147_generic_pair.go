package main

import (
	"fmt"
)

type pair[A, B any] struct {
	first  A
	second B
}

func makePair[A, B any](a A, b B) pair[A, B] { return pair[A, B]{a, b} }
func (p pair[A, B]) swap() pair[B, A]        { return pair[B, A]{p.second, p.first} }

func main() {
	p := makePair("x", 3)
	fmt.Println(p.first, p.second, p.swap().first)
}
