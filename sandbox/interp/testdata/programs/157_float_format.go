package main

import (
	"fmt"
	"math"
)

func main() {
	fmt.Println(1e21, 1e20, 0.1+0.2, float32(0.1), 100000000.0, 1.0)
	fmt.Println(math.Inf(1), math.NaN(), -0.0, math.Sqrt(2), math.Floor(-1.5))
	fmt.Println(5/2, 5/2.0, -5%3, 7.0/2)
	x := 3
	fmt.Println(float64(x)/2, int(math.Trunc(2.9)), uint8(x*100))
}
