package main

import (
	"fmt"
)

type node struct{ id int }

func (n *node) String() string { return fmt.Sprintf("node(%d)", n.id) }

func main() {
	n := &node{7}
	fmt.Println(n)
	fmt.Printf("%v %s\n", n, n)
	fmt.Println(*n)
}
