package main

import (
	"fmt"
)

type reader interface{ read() string }
type closer interface{ close() string }
type readCloser interface {
	reader
	closer
}
type file struct{ name string }

func (f file) read() string  { return "read " + f.name }
func (f file) close() string { return "close " + f.name }

func do(rc readCloser) { fmt.Println(rc.read(), rc.close()) }

func main() {
	do(file{"x"})
	var r reader = file{"y"}
	if c, ok := r.(closer); ok {
		fmt.Println(c.close())
	}
}
