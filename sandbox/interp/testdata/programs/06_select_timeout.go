package main

import (
	"fmt"
	"time"
)

func main() {
	ch := make(chan int)
	go func() { time.Sleep(5 * time.Millisecond); ch <- 7 }()
	select {
	case v := <-ch:
		fmt.Println("got", v)
	case <-time.After(time.Hour):
		fmt.Println("timeout")
	}
	select {
	case v := <-ch:
		fmt.Println("got", v)
	case <-time.After(20 * time.Millisecond):
		fmt.Println("timeout")
	}
	select {
	case v, ok := <-ch:
		fmt.Println(v, ok)
	default:
		fmt.Println("default")
	}
	close(ch)
	select {
	case v, ok := <-ch:
		fmt.Println(v, ok)
	default:
		fmt.Println("default")
	}
}
