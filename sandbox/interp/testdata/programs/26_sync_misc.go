package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	var once sync.Once
	for i := 0; i < 3; i++ {
		once.Do(func() { fmt.Println("once", i) })
	}
	var m sync.Map
	m.Store("a", 1)
	v, ok := m.Load("a")
	fmt.Println(v, ok)
	pool := sync.Pool{New: func() any { return new([]byte) }}
	_ = pool.Get().(*[]byte)
	var rw sync.RWMutex
	rw.RLock()
	rw.RUnlock()
	c := sync.NewCond(&sync.Mutex{})
	ready := false
	go func() { time.Sleep(2 * time.Millisecond); c.L.Lock(); ready = true; c.L.Unlock(); c.Broadcast() }()
	c.L.Lock()
	for !ready {
		c.Wait()
	}
	c.L.Unlock()
	fmt.Println("ready")
	f := sync.OnceValue(func() int { return 42 })
	fmt.Println(f(), f())
}
