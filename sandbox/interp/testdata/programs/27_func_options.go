package main

import (
	"fmt"
	"time"
)

type Cfg struct {
	addr    string
	to      time.Duration
	retries int
}
type Option func(*Cfg)

func WithTimeout(d time.Duration) Option { return func(c *Cfg) { c.to = d } }
func WithRetries(n int) Option           { return func(c *Cfg) { c.retries = n } }
func New(addr string, opts ...Option) *Cfg {
	c := &Cfg{addr: addr}
	for _, o := range opts {
		o(c)
	}
	return c
}
func main() {
	c := New("x", WithTimeout(3*time.Second), WithRetries(2))
	fmt.Println(c.addr, c.to, c.retries)
	fmt.Printf("%+v\n", *c)
}
