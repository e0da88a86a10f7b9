package main

import (
	"container/heap"
	"fmt"
)

type task struct {
	prio int
	name string
}
type queue []*task

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].prio < q[j].prio }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*task)) }
func (q *queue) Pop() any {
	old := *q
	t := old[len(old)-1]
	*q = old[:len(old)-1]
	return t
}

func main() {
	q := &queue{}
	heap.Init(q)
	for i, n := range []string{"c", "a", "b"} {
		heap.Push(q, &task{3 - i, n})
	}
	for q.Len() > 0 {
		t := heap.Pop(q).(*task)
		fmt.Println(t.prio, t.name)
	}
}
