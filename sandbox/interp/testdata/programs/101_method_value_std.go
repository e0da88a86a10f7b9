package main

import (
	"fmt"
	"strings"
)

func main() {
	var sb strings.Builder
	w := sb.WriteString
	w("a")
	w("b")
	fmt.Println(sb.String())
	up := strings.NewReplacer("a", "b").Replace
	fmt.Println(up("banana"))
}
