package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// What is handed to somebody who calls it elsewhere is the literal of this turn.
func main() {
	var wg sync.WaitGroup
	var sum, late atomic.Int64
	for i := 0; i < 10000; i++ {
		i := i
		wg.Go(func() { sum.Add(int64(i)) })
	}
	wg.Wait()
	for i := 0; i < 3000; i++ {
		i := i
		wg.Add(1)
		time.AfterFunc(0, func() {
			late.Add(int64(i))
			wg.Done()
		})
	}
	wg.Wait()
	work := make(chan func() int)
	for k := 0; k < 3; k++ {
		wg.Go(func() {
			for f := range work {
				sum.Add(int64(f()))
			}
		})
	}
	for i := 0; i < 10000; i++ {
		i := i
		work <- func() int { return i }
	}
	close(work)
	wg.Wait()
	fmt.Println(sum.Load(), late.Load())
}
