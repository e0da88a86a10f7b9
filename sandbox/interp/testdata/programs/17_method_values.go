package main

import "fmt"

type T struct{ n int }

func (t T) Add(x int) int              { return t.n + x }
func (t *T) Inc()                      { t.n++ }
func apply(f func(int) int, v int) int { return f(v) }
func main() {
	t := T{10}
	f := t.Add
	inc := t.Inc
	inc()
	inc()
	fmt.Println(f(1), t.n, apply(t.Add, 5), T.Add(t, 2))
	g := (*T).Inc
	g(&t)
	fmt.Println(t.n)
	m := map[string]func(int) int{"a": t.Add}
	fmt.Println(m["a"](1))
}
