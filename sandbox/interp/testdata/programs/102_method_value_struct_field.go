package main

import (
	"fmt"
	"strings"
)

type handler struct {
	name string
	fn   func(string) string
}
type svc struct{ prefix string }

func (s *svc) greet(n string) string { return s.prefix + n }

func main() {
	s := &svc{"hi "}
	hs := []handler{{"a", s.greet}, {"b", strings.ToUpper}}
	for _, h := range hs {
		fmt.Println(h.name, h.fn("bob"))
	}
}
