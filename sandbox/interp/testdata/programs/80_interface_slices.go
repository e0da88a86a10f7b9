package main

import (
	"fmt"
)

type shape interface {
	area() float64
	name() string
}
type square struct{ s float64 }
type circle struct{ r float64 }

func (q square) area() float64  { return q.s * q.s }
func (q square) name() string   { return "square" }
func (c *circle) area() float64 { return 3 * c.r * c.r }
func (c *circle) name() string  { return "circle" }

func main() {
	shapes := []shape{square{2}, &circle{1}, square{3}}
	total := 0.0
	for _, s := range shapes {
		fmt.Println(s.name(), s.area())
		total += s.area()
	}
	fmt.Println(total)
	m := map[string]shape{"a": square{5}}
	fmt.Println(m["a"].area(), m["b"] == nil)
}
