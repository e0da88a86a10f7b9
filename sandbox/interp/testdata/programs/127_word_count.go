package main

import (
	"bufio"
	"fmt"
	"sort"
	"strings"
)

func main() {
	sc := bufio.NewScanner(strings.NewReader("a b a\nc a b"))
	sc.Split(bufio.ScanWords)
	count := map[string]int{}
	for sc.Scan() {
		count[sc.Text()]++
	}
	type kv struct {
		k string
		n int
	}
	var kvs []kv
	for k, n := range count {
		kvs = append(kvs, kv{k, n})
	}
	sort.Slice(kvs, func(i, j int) bool { return kvs[i].n > kvs[j].n || kvs[i].n == kvs[j].n && kvs[i].k < kvs[j].k })
	for _, e := range kvs {
		fmt.Println(e.k, e.n)
	}
}
