package main

import (
	"fmt"
)

func main() {
	a, done := make(chan int), make(chan struct{})
	go func() {
		for i := 0; i < 3; i++ {
			a <- i
		}
		close(done)
	}()
	sum := 0
	for {
		select {
		case v, ok := <-a:
			if !ok {
				return
			}
			sum += v
			continue
		case <-done:
		}
		break
	}
	fmt.Println(sum)
}
