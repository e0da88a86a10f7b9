package main

import (
	"fmt"
)

type conn struct{ name string }

func (c *conn) Close() { fmt.Println("close", c.name) }

func use(name string) {
	c := &conn{name}
	defer c.Close()
	fmt.Println("use", c.name)
}

func main() {
	use("a")
	use("b")
}
