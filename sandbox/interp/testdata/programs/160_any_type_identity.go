package main

import (
	"fmt"
)

type a int
type b int

func name(v any) string {
	switch v.(type) {
	case int:
		return "int"
	case a:
		return "a"
	case b:
		return "b"
	}
	return "?"
}

func main() { fmt.Println(name(1), name(a(1)), name(b(1))) }
