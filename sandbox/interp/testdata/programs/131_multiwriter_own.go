package main

import (
	"fmt"
	"io"
	"os"
)

type countW struct{ n int }

func (c *countW) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }

func main() {
	c := &countW{}
	w := io.MultiWriter(c, os.Stdout)
	fmt.Fprintln(w, "x")
	fmt.Println(c.n)
}
