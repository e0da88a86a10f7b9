package main

import (
	"fmt"
	"io"
	"strings"
)

type rot13 struct{ r io.Reader }

func (t rot13) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for i := 0; i < n; i++ {
		switch c := p[i]; {
		case c >= 'a' && c <= 'z':
			p[i] = 'a' + (c-'a'+13)%26
		case c >= 'A' && c <= 'Z':
			p[i] = 'A' + (c-'A'+13)%26
		}
	}
	return n, err
}

type countW struct{ n int }

func (c *countW) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }

func main() {
	b, err := io.ReadAll(rot13{strings.NewReader("Hello")})
	fmt.Println(string(b), err)
	c := &countW{}
	n, err := io.Copy(c, strings.NewReader("twelve chars"))
	fmt.Println(n, err, c.n)
	tee := io.TeeReader(strings.NewReader("abc"), c)
	io.ReadAll(tee)
	fmt.Fprintf(c, "%d", 1234)
	fmt.Println(c.n)
}
