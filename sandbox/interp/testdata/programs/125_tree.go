package main

import (
	"fmt"
	"strings"
)

type tree struct {
	left, right *tree
	key         string
	n           int
}

func (t *tree) insert(k string) *tree {
	if t == nil {
		return &tree{key: k, n: 1}
	}
	switch {
	case k < t.key:
		t.left = t.left.insert(k)
	case k > t.key:
		t.right = t.right.insert(k)
	default:
		t.n++
	}
	return t
}
func (t *tree) walk(f func(string, int)) {
	if t == nil {
		return
	}
	t.left.walk(f)
	f(t.key, t.n)
	t.right.walk(f)
}

func main() {
	var root *tree
	for _, w := range strings.Fields("the cat and the dog and the bird") {
		root = root.insert(w)
	}
	root.walk(func(k string, n int) { fmt.Println(k, n) })
}
