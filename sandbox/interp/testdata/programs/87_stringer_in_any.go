package main

import (
	"fmt"
)

type level int

func (l level) String() string { return [...]string{"low", "high"}[l] }

func main() {
	var v any = level(1)
	fmt.Println(v)
	vs := []any{level(0), 3}
	fmt.Println(vs...)
}
