package main

import (
	"fmt"
)

type level int

func (l level) String() string { return [...]string{"low", "high"}[l] }

func main() { fmt.Println([]level{0, 1}) }
