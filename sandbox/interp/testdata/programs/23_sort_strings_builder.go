package main

import (
	"fmt"
	"sort"
	"strings"
)

type rec struct {
	name string
	n    int
}

func main() {
	rs := []rec{{"b", 2}, {"a", 2}, {"c", 1}}
	sort.Slice(rs, func(i, j int) bool {
		if rs[i].n != rs[j].n {
			return rs[i].n < rs[j].n
		}
		return rs[i].name < rs[j].name
	})
	fmt.Println(rs)
	var sb strings.Builder
	for i, r := range rs {
		if i > 0 {
			sb.WriteByte(',')
		}
		fmt.Fprintf(&sb, "%s=%d", r.name, r.n)
	}
	fmt.Println(sb.String(), sb.Len())
	fmt.Println(strings.Map(func(r rune) rune {
		if r == 'a' {
			return -1
		}
		return r + 1
	}, "abc"))
}
