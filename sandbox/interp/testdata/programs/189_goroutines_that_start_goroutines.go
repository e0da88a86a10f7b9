package main

import (
	"errors"
	"fmt"
	"sync"
)

var errOdd, errLarge = errors.New("odd"), errors.New("too large")

// try reports odd numbers, and recovers from what is too large.
func try(n int) (out int, err error) {
	defer func() {
		if recover() != nil {
			out = -1
			err = errLarge
		}
	}()
	if n >= 40 {
		panic("too large")
	}
	if n%2 == 1 {
		return 0, errOdd
	}
	return n, nil
}

func main() {
	var mu sync.Mutex
	kinds := map[string]int{}
	var wg sync.WaitGroup
	for i := 0; i < 60; i++ {
		i := i
		wg.Add(1)
		go func() {
			defer wg.Done()
			results := make(chan string)
			for j := 0; j < 50; j++ {
				j := j
				go func(n int) {
					out, err := try(n)
					switch {
					case errors.Is(err, errOdd):
						results <- "odd"
					case err != nil:
						results <- err.Error()
					case out == n && n == j:
						results <- "even"
					default:
						results <- "mixed up"
					}
				}(j)
			}
			own := map[string]int{}
			for k := 0; k < 50; k++ {
				select {
				case kind := <-results:
					own[kind]++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for kind, n := range own {
				kinds[kind] += n
			}
			if i >= 0 && len(own) != 3 {
				kinds["wrong"]++
			}
		}()
	}
	wg.Wait()
	fmt.Println(kinds)
}
