package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

func main() {
	var n atomic.Int64
	var old int64
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			n.Add(2)
			atomic.AddInt64(&old, 1)
		}()
	}
	wg.Wait()
	fmt.Println(n.Load(), atomic.LoadInt64(&old))
	var v atomic.Value
	v.Store("x")
	fmt.Println(v.Load().(string))
	var flag atomic.Bool
	fmt.Println(flag.CompareAndSwap(false, true), flag.Load())
}
