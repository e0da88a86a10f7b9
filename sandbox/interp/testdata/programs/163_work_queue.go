package main

import (
	"errors"
	"fmt"
	"sync"
)

type job struct {
	id      int
	retries int
}
type queue struct {
	mu    sync.Mutex
	ready []job
	done  []int
}

func (q *queue) take() (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.ready) == 0 {
		return job{}, false
	}
	j := q.ready[0]
	q.ready = q.ready[1:]
	return j, true
}
func (q *queue) retry(j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.retries++
	q.ready = append(q.ready, j)
}

var errTemp = errors.New("temporary")

func handle(j job) error {
	if j.id%2 == 0 && j.retries < 2 {
		return fmt.Errorf("job %d: %w", j.id, errTemp)
	}
	return nil
}

func main() {
	q := &queue{}
	for i := 1; i <= 4; i++ {
		q.ready = append(q.ready, job{id: i})
	}
	for {
		j, ok := q.take()
		if !ok {
			break
		}
		if err := handle(j); errors.Is(err, errTemp) {
			fmt.Println(err)
			q.retry(j)
			continue
		}
		q.done = append(q.done, j.id)
	}
	fmt.Println(q.done)
}
