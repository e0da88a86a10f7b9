package main

import (
	"fmt"
	"sort"
	"sync"
)

func main() {
	out := make(chan int, 100)
	var wg sync.WaitGroup
	for w := 1; w <= 4; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for i := 0; i < 5; i++ {
				out <- w*100 + i
			}
		}(w)
	}
	wg.Wait()
	close(out)
	var all []int
	for v := range out {
		all = append(all, v)
	}
	sort.Ints(all)
	fmt.Println(all)
}
