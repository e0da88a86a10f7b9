package main

import (
	"errors"
	"fmt"
)

type Repo[K comparable, V any] interface {
	Get(K) (V, error)
	Put(K, V)
}
type mem[K comparable, V any] struct{ m map[K]V }

func NewMem[K comparable, V any]() *mem[K, V] { return &mem[K, V]{m: map[K]V{}} }
func (r *mem[K, V]) Get(k K) (V, error) {
	v, ok := r.m[k]
	if !ok {
		return v, errors.New("nf")
	}
	return v, nil
}
func (r *mem[K, V]) Put(k K, v V) { r.m[k] = v }
func main() {
	var r Repo[string, int] = NewMem[string, int]()
	r.Put("a", 1)
	fmt.Println(r.Get("a"))
	_, e := r.Get("b")
	fmt.Println(e)
}
