package main

import (
	"errors"
	"fmt"
	"sync"
)

type cache[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]V
}

func newCache[K comparable, V any]() *cache[K, V] { return &cache[K, V]{m: make(map[K]V)} }
func (c *cache[K, V]) get(k K, load func() (V, error)) (V, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.m[k]; ok {
		return v, nil
	}
	v, err := load()
	if err != nil {
		var zero V
		return zero, err
	}
	c.m[k] = v
	return v, nil
}

func main() {
	c := newCache[string, int]()
	n := 0
	for i := 0; i < 3; i++ {
		v, err := c.get("a", func() (int, error) { n++; return 7, nil })
		fmt.Println(v, err)
	}
	_, err := c.get("b", func() (int, error) { return 0, errors.New("no") })
	fmt.Println(err, n)
}
