package main

import (
	"fmt"
)

type rec struct {
	name string
	N    int
}

func main() { fmt.Printf("%+v\n", rec{"a", 1}) }
