package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

type upper struct{ r io.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	copy(p, []byte(strings.ToUpper(string(p[:n]))))
	return n, err
}

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type cw struct{ n int }

func (c *cw) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }
func main() {
	b, _ := io.ReadAll(upper{strings.NewReader("hello")})
	fmt.Println(string(b))
	s := byLen{"ccc", "a", "bb"}
	sort.Sort(s)
	fmt.Println(s)
	c := &cw{}
	fmt.Fprintf(c, "%d-%s", 12, "ab")
	fmt.Println(c.n)
	w := bufio.NewWriter(io.MultiWriter(c, os.Stdout))
	fmt.Fprintln(w, "multi")
	w.Flush()
	fmt.Println(c.n)
}
