package main

import (
	"fmt"
)

func main() {
	jobs := make(chan int)
	quit := make(chan bool)
	go func() {
		for i := 0; i < 5; i++ {
			jobs <- i
		}
		quit <- true
	}()
	n := 0
loop:
	for {
		select {
		case j := <-jobs:
			if j%2 == 0 {
				continue loop
			}
			n += j
		case <-quit:
			break loop
		}
	}
	fmt.Println(n)
}
