package main

import (
	"fmt"
	"time"
)

type ev struct {
	id   int
	body []byte
}

func main() {
	out := make(chan ev, 4)
	quit := make(chan bool)
	acks := make(map[int]bool)
	go func() {
		for i := 1; ; i++ {
			select {
			case out <- ev{i, []byte(fmt.Sprint("b", i))}:
			case <-quit:
				close(out)
				return
			}
		}
	}()
	dl := time.NewTimer(time.Hour)
	for len(acks) < 10 {
		select {
		case e := <-out:
			acks[e.id] = string(e.body) == fmt.Sprintf("b%d", e.id)
		case <-dl.C:
			fmt.Println("deadline")
			return
		}
	}
	close(quit)
	for range out {
	}
	ok := true
	for i := 1; i <= 10; i++ {
		ok = ok && acks[i]
	}
	fmt.Println(len(acks), ok)
}
