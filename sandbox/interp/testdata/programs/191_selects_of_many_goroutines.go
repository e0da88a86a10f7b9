package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

type job struct {
	n    int
	name string
}

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

type jobs chan job

type results <-chan int

// work takes what comes on its own channel, and nobody else's.
func work(ctx context.Context, own <-chan int, out chan<- int) int {
	got := 0
	for {
		select {
		case n, ok := <-own:
			if !ok {
				return got
			}
			got += n
			select {
			case out <- n:
			case <-ctx.Done():
				return -1
			}
		case <-ctx.Done():
			return -2
		}
	}
}

// kinds receives and sends what has a type of its own.
func kinds() string {
	in, errs, shapes, calls := make(jobs, 1), make(chan error, 1), make(chan shape, 1), make(chan func(int) int, 1)
	in <- job{2, "two"}
	errs <- errors.New("late")
	shapes <- square{3}
	calls <- func(n int) int { return n + 1 }
	more, sum := true, 0
	var j job
	var err error
	for i := 0; i < 4; i++ {
		select {
		case first := <-in:
			j = first
		case late, ok := <-errs:
			err, more = late, ok
		case s := <-shapes:
			sum += s.area()
		case f := <-calls:
			sum += f(4)
		}
	}
	close(errs)
	select {
	case late, ok := <-errs:
		err, more = late, ok
	case <-in:
		sum += 1000
	}
	var next shape = square{2}
	select {
	case shapes <- next:
	default:
		sum += 2000
	}
	select {
	case shapes <- next:
		sum += 4000
	default:
	}
	var never chan job
	select {
	case never <- j:
		sum += 8000
	case <-never:
		sum += 8000
	case in <- j:
	case <-time.After(time.Hour):
	}
	in2 := <-in
	newest := <-shapes
	return fmt.Sprint(sum, " ", j.n, " ", j.name, " ", err == nil, more, " ", in2.name, " ", newest.area())
}

func main() {
	for round := 0; round < 40; round++ {
		ctx, cancel := context.WithCancel(context.Background())
		out := make(chan int, 4)
		var wg sync.WaitGroup
		var mu sync.Mutex
		sums := map[int]int{}
		for w := 0; w < 8; w++ {
			w := w
			own := make(chan int)
			wg.Add(2)
			go func() {
				defer wg.Done()
				got := work(ctx, own, out)
				mu.Lock()
				defer mu.Unlock()
				sums[w] = got
			}()
			go func() {
				defer wg.Done()
				for i := 0; i < 50; i++ {
					own <- w
				}
				close(own)
			}()
		}
		total := 0
		var all results = out
		timeout := time.After(time.Hour)
	count:
		for n := 0; n < 400; n++ {
			select {
			case v := <-all:
				total += v
			case <-timeout:
				break count
			}
		}
		wg.Wait()
		cancel()
		if round == 0 || total != 1400 {
			fmt.Println(total, sums)
		}
		<-ctx.Done()
		if got := work(ctx, nil, nil); got != -2 {
			fmt.Println("not cancelled:", got)
		}
	}
	seen := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			said := kinds()
			mu.Lock()
			defer mu.Unlock()
			seen[said]++
		}()
	}
	wg.Wait()
	fmt.Println(seen)
}
