package main

import (
	"fmt"
)

type conn struct{ name string }

func (c *conn) Close() { fmt.Println("close", c.name) }

func main() {
	c := &conn{"first"}
	defer c.Close()
	c = &conn{"second"}
	fmt.Println(c.name)
}
