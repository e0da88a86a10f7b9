package main

import (
	"fmt"
	"sync"
)

var each = func(n int, f func(int)) {
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		i := i
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

var handlers = map[string]func(chan int, chan bool) int{
	"first": func(in chan int, stop chan bool) int {
		select {
		case n := <-in:
			return n
		case <-stop:
			return -1
		}
	},
}

var (
	mu   sync.Mutex
	seen = map[int]int{}
)

func main() {
	each(5000, func(n int) {
		in := make(chan int, 1)
		in <- n
		got := handlers["first"](in, nil)
		mu.Lock()
		defer mu.Unlock()
		if got == n {
			seen[n]++
		}
	})
	twice := 0
	for _, n := range seen {
		if n != 1 {
			twice++
		}
	}
	fmt.Println(len(seen), twice)
}
