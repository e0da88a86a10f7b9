package main

import (
	"fmt"
	"sync"
)

type worker struct {
	id   int
	mu   sync.Mutex
	seen map[int]int
}

func (w *worker) take(n int, done *sync.WaitGroup) {
	defer done.Done()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[n]++
}

type taker interface {
	take(n int, done *sync.WaitGroup)
}

func send(n int, to chan<- int, done *sync.WaitGroup) {
	defer done.Done()
	to <- n
}

func apply[T any](f func(T) T, v T, to chan<- T) { to <- f(v) }

func main() {
	var wg sync.WaitGroup
	all := make(chan int, 64)
	sum := 0
	counted := make(chan bool)
	go func() {
		for n := range all {
			sum += n
		}
		close(counted)
	}()
	w := &worker{seen: map[int]int{}}
	var t taker = w
	run := w.take
	twice := func(n int) { send(2*n, all, &wg) }
	for i := 0; i < 5000; i++ {
		wg.Add(5)
		go send(i, all, &wg)
		go w.take(i, &wg)
		go t.take(i, &wg)
		go run(i, &wg)
		go twice(i)
	}
	wg.Wait()
	close(all)
	<-counted
	thrice := 0
	for _, n := range w.seen {
		if n == 3 {
			thrice++
		}
	}
	words := make(chan string, 10)
	for i := 0; i < 10; i++ {
		go apply(func(s string) string { return s + s }, fmt.Sprint(i), words)
	}
	letters := 0
	for k := 0; k < 10; k++ {
		letters += len(<-words)
	}
	fmt.Println(sum, len(w.seen), thrice, letters)
}
