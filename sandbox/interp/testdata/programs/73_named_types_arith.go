package main

import (
	"fmt"
)

type celsius float64
type count uint8

func (c celsius) f() float64 { return float64(c)*9/5 + 32 }

func main() {
	var n count = 250
	for i := 0; i < 10; i++ {
		n++
	}
	fmt.Println(n, celsius(100).f())
	var i8 int8 = 127
	i8++
	fmt.Println(i8, uint16(65535)+uint16(n))
}
