package main

import (
	"fmt"
	"math"
	"time"
)

const (
	small = 1 << 3
	big   = 1 << 40
	ratio = 1.0 / 3
)
const timeout time.Duration = 3 * time.Second

func main() {
	var f float32 = ratio
	fmt.Println(small, big/1024, ratio, f, timeout, timeout*2, time.Duration(small)*time.Millisecond)
	fmt.Println(math.MaxInt64, uint64(math.MaxUint64), math.Pi)
}
