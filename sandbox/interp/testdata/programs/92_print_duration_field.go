package main

import (
	"fmt"
	"time"
)

type cfg struct {
	wait time.Duration
	Wait time.Duration
}

func main() { fmt.Println(cfg{time.Second, time.Second}) }
