package main

import (
	"fmt"
)

type rec struct {
	name string
	n    int
	ok   bool
	l    []float64
}

func main() {
	r := rec{"a", 1, true, []float64{1.5}}
	fmt.Println(r, &r, []rec{r}, map[string]rec{"k": r})
}
