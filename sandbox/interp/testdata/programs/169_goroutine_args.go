package main

import (
	"fmt"
	"sync"
)

func main() {
	ch := make(chan string, 3)
	x := 1
	done := make(chan bool)
	go func(v int, s string) { ch <- fmt.Sprint(v, s); close(done) }(x, "a")
	x = 2
	<-done
	fmt.Println(<-ch, x)
	var wg sync.WaitGroup
	res := make([]int, 4)
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go fill(&wg, res, i)
	}
	wg.Wait()
	fmt.Println(res)
}

func fill(wg *sync.WaitGroup, res []int, i int) {
	defer wg.Done()
	res[i] = i * i
}
