package main

import (
	"fmt"
	"time"
)

type Msg struct {
	ID    int
	Reply chan string
}

func server(in <-chan Msg, done chan<- struct{}) {
	for m := range in {
		m.Reply <- fmt.Sprintf("r%d", m.ID)
	}
	close(done)
}
func main() {
	in := make(chan Msg, 2)
	done := make(chan struct{})
	go server(in, done)
	for i := 0; i < 3; i++ {
		m := Msg{i, make(chan string)}
		in <- m
		fmt.Println(<-m.Reply)
	}
	close(in)
	<-done
	t := time.NewTicker(3 * time.Millisecond)
	defer t.Stop()
	n := 0
	for range t.C {
		n++
		if n == 3 {
			break
		}
	}
	fmt.Println(n, len(in), cap(in))
	tm := time.AfterFunc(time.Hour, func() {})
	fmt.Println(tm.Stop())
}
