package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

type Counter struct {
	sync.Mutex
	m map[string]int
}

func (c *Counter) Inc(k string) { c.Lock(); defer c.Unlock(); c.m[k]++ }
func main() {
	c := &Counter{m: map[string]int{}}
	var n atomic.Int64
	var wg sync.WaitGroup
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); c.Inc("a"); n.Add(1) }()
	}
	wg.Wait()
	fmt.Println(c.m["a"], n.Load())
}
