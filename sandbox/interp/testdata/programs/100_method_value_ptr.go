package main

import (
	"fmt"
)

type counter struct{ n int }

func (c *counter) inc() { c.n++ }

func twice(f func()) { f(); f() }

func main() {
	c := &counter{}
	f := c.inc
	f()
	twice(c.inc)
	fmt.Println(c.n)
}
