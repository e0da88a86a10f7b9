package main

import (
	"fmt"
	"time"
)

func main() {
	go func() { defer func() { fmt.Println("rec", recover()) }(); panic("x") }()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("alive")
}
