package main

import (
	"fmt"
	"sync"
)

type store struct {
	mu sync.Mutex
	m  map[string]int
}

func (s *store) inc(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[k]++
	return s.m[k]
}

func main() {
	s := &store{m: map[string]int{}}
	s.inc("a")
	fmt.Println(s.inc("a"), s.inc("b"))
}
