package main

import "fmt"

func main() { a, b := 4, 9; x := max(a, b); fmt.Println(x, min(a, b)) }
