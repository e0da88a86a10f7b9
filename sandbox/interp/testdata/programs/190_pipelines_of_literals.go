package main

import (
	"fmt"
	"sort"
	"sync"
)

// stages builds a chain of goroutines, each with the number of its stage.
func stages(n int, in <-chan int) <-chan int {
	for s := 1; s <= n; s++ {
		s, out := s, make(chan int)
		go func(in <-chan int) {
			defer close(out)
			for v := range in {
				out <- v + s
			}
		}(in)
		in = out
	}
	return in
}

func main() {
	bad := 0
	for round := 0; round < 300; round++ {
		first := make(chan int)
		go func() {
			for v := 0; v < 5; v++ {
				first <- v
			}
			close(first)
		}()
		sum := 0
		for v := range stages(4, first) {
			sum += v
		}
		if sum != 60 {
			fmt.Println("round", round, sum)
			bad++
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := map[int]func() int{}
	for i := 0; i < 2000; i++ {
		wg.Add(1)
		i := i
		add := func() int { i := i; i *= 2; return i }
		go func() {
			defer wg.Done()
			mu.Lock()
			kept[i] = add
			mu.Unlock()
		}()
	}
	wg.Wait()
	keys := make([]int, 0, len(kept))
	for k, f := range kept {
		if f() != 2*k {
			bad++
		}
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	fmt.Println(bad, len(keys), keys[0], keys[len(keys)-1])
}
