package main

import (
	"fmt"
	"sync"
)

func main() {
	var m sync.Map
	for i := 0; i < 3; i++ {
		m.Store(i, i*i)
	}
	sum := 0
	m.Range(func(k, v any) bool { sum += k.(int) + v.(int); return true })
	v, loaded := m.LoadOrStore(1, 99)
	fmt.Println(sum, v, loaded)
	var once sync.Once
	for i := 0; i < 2; i++ {
		once.Do(func() { fmt.Println("once") })
	}
}
