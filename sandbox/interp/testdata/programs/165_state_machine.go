package main

import (
	"fmt"
)

type stateFn func(*lexer) stateFn
type lexer struct {
	in  string
	pos int
	out []string
}

func start(l *lexer) stateFn {
	if l.pos >= len(l.in) {
		return nil
	}
	if c := l.in[l.pos]; c >= '0' && c <= '9' {
		return number
	}
	l.pos++
	return start
}
func number(l *lexer) stateFn {
	from := l.pos
	for l.pos < len(l.in) && l.in[l.pos] >= '0' && l.in[l.pos] <= '9' {
		l.pos++
	}
	l.out = append(l.out, l.in[from:l.pos])
	return start
}

func main() {
	l := &lexer{in: "a12b3 45"}
	for s := stateFn(start); s != nil; {
		s = s(l)
	}
	fmt.Println(l.out)
}
