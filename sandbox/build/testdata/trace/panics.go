package main

import (
	"fmt"
	"os"
	"strings"
)

type node struct{ next *node }

func (n *node) walk() *node { fmt.Println("walk"); return n.next }

func deep(n *node, left int) *node {
	if left == 0 { fmt.Println(strings.Repeat("x", 3)); return n.walk().walk().
		walk() }
	return deep(n, left-1)
}

func main() {
	if len(os.Args) > 5 { os.Exit(1) }
	fmt.Println("before"); defer fmt.Println("deferred"); deep(&node{&node{}}, 2)
}
