package main

import (
	"fmt"
)

type level int

func (l level) String() string { return [...]string{"low", "high"}[l] }

func logf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func main() { logf("at %v and %s", level(1), "x") }
