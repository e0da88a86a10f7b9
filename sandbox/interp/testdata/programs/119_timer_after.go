package main

import (
	"fmt"
	"time"
)

func main() {
	start := time.Now()
	timer := time.NewTimer(time.Hour)
	fmt.Println(timer.Stop())
	done := make(chan bool, 1)
	time.AfterFunc(time.Millisecond, func() { done <- true })
	fmt.Println(<-done, time.Since(start) < time.Hour)
}
