package main

import (
	"fmt"
)

type perm uint8

const (
	read perm = 1 << iota
	write
	exec
)

func (p perm) has(q perm) bool { return p&q == q }

func main() {
	p := read | exec
	p |= write
	p &^= exec
	fmt.Println(p, p.has(write), p.has(exec), ^uint8(1), 7^2, -8>>1, 1<<p)
	var u uint32 = 1 << 31
	fmt.Println(u<<1, u>>31, int32(u))
}
