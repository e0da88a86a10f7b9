package main

import (
	"fmt"
)

type node struct {
	v    int
	next *node
}
type list struct {
	head *node
	n    int
}

func (l *list) push(v int) { l.head = &node{v, l.head}; l.n++ }
func (l *list) reverse() {
	var prev *node
	for cur := l.head; cur != nil; {
		next := cur.next
		cur.next = prev
		prev, cur = cur, next
	}
	l.head = prev
}

func main() {
	var l list
	for i := 0; i < 4; i++ {
		l.push(i)
	}
	l.reverse()
	for n := l.head; n != nil; n = n.next {
		fmt.Print(n.v, " ")
	}
	fmt.Println(l.n)
}
