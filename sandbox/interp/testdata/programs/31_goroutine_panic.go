package main

import "fmt"

func main() {
	done := make(chan bool)
	go func() { defer func() { fmt.Println("rec", recover()); close(done) }(); panic("x") }()
	<-done
	fmt.Println("alive")
}
