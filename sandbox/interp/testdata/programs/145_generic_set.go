package main

import (
	"fmt"
)

type set[T comparable] map[T]struct{}

func newSet[T comparable](vs ...T) set[T] {
	s := set[T]{}
	for _, v := range vs {
		s[v] = struct{}{}
	}
	return s
}
func (s set[T]) has(v T) bool { _, ok := s[v]; return ok }

func main() {
	s := newSet("a", "b")
	n := newSet(1, 2, 2)
	fmt.Println(s.has("a"), s.has("z"), len(n))
}
