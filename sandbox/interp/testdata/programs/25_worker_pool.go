package main

import (
	"errors"
	"fmt"
	"sync"
)

type Job struct{ ID int }
type Result struct {
	ID  int
	Val int
	Err error
}

func worker(jobs <-chan Job, res chan<- Result, wg *sync.WaitGroup) {
	defer wg.Done()
	for j := range jobs {
		r := Result{ID: j.ID, Val: j.ID * j.ID}
		if j.ID == 3 {
			r.Err = errors.New("bad")
		}
		res <- r
	}
}
func main() {
	jobs := make(chan Job, 10)
	res := make(chan Result, 10)
	var wg sync.WaitGroup
	for w := 0; w < 3; w++ {
		wg.Add(1)
		go worker(jobs, res, &wg)
	}
	for i := 0; i < 6; i++ {
		jobs <- Job{i}
	}
	close(jobs)
	wg.Wait()
	close(res)
	sum, bad := 0, 0
	for r := range res {
		if r.Err != nil {
			bad++
			continue
		}
		sum += r.Val
	}
	fmt.Println(sum, bad)
}
