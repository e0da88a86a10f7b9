package main

import (
	"fmt"
	"sync"
	"time"
)

type limiter struct {
	tokens chan struct{}
	stop   chan struct{}
	wg     sync.WaitGroup
}

func newLimiter(n int) *limiter {
	l := &limiter{tokens: make(chan struct{}, n), stop: make(chan struct{})}
	for i := 0; i < n; i++ {
		l.tokens <- struct{}{}
	}
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		t := time.NewTicker(time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				select {
				case l.tokens <- struct{}{}:
				default:
				}
			case <-l.stop:
				return
			}
		}
	}()
	return l
}

func (l *limiter) wait() { <-l.tokens }

func main() {
	l := newLimiter(2)
	for i := 0; i < 6; i++ {
		l.wait()
	}
	close(l.stop)
	l.wg.Wait()
	fmt.Println("done")
}
