package main

import (
	"fmt"
)

type stack[T any] struct{ items []T }

func (s *stack[T]) push(v T) { s.items = append(s.items, v) }
func (s *stack[T]) pop() (T, bool) {
	var zero T
	if len(s.items) == 0 {
		return zero, false
	}
	v := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v, true
}

func main() {
	s := &stack[int]{}
	s.push(1)
	s.push(2)
	fmt.Println(s.pop())
	var t stack[string]
	t.push("x")
	fmt.Println(t.pop())
	fmt.Println(t.pop())
}
