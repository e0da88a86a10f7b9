package main

import (
	"fmt"
	"time"
)

func gen(n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := 0; i < n; i++ {
			c <- i
		}
	}()
	return c
}
func merge(a, b <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for a != nil || b != nil {
			select {
			case v, ok := <-a:
				if !ok {
					a = nil
					continue
				}
				out <- v
			case v, ok := <-b:
				if !ok {
					b = nil
					continue
				}
				out <- v
			}
		}
	}()
	return out
}
func main() {
	s := 0
	for v := range merge(gen(5), gen(6)) {
		s += v
	}
	fmt.Println(s)
	sem := make(chan struct{}, 2)
	for i := 0; i < 2; i++ {
		sem <- struct{}{}
	}
	select {
	case sem <- struct{}{}:
		fmt.Println("acq")
	case <-time.After(5 * time.Millisecond):
		fmt.Println("full")
	}
}
