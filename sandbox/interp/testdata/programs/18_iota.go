package main

import "fmt"

const (
	_  = iota
	KB = 1 << (10 * iota)
	MB
	GB
)

type Flag uint8

const (
	A Flag = 1 << iota
	B
	C
)

type W int

const (
	Mon W = iota + 1
	Tue
	_
	Thu
)

func main() { fmt.Println(KB, MB, GB, A|C, Mon, Tue, Thu); fmt.Printf("%T %T\n", A, Thu) }
