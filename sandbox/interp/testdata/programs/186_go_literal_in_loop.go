package main

import (
	"fmt"
	"sync"
)

// Each goroutine has its own argument and its own variable, however fast the one before
// has come to its end.
func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen, mixed := map[int]int{}, 0
	for i := 0; i < 20000; i++ {
		j := i
		wg.Add(1)
		go func(n int) {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			seen[n]++
			if n != j {
				mixed++
			}
		}(i)
	}
	wg.Wait()
	fmt.Println(len(seen), mixed)
}
