package main

import (
	"fmt"
	"strings"
)

type box struct{ n int }

func (b *box) next() int    { b.n++; return b.n }
func (b box) less(i int) bool { return b.n < i }

func pick(s string) string { return strings.ToUpper(s) }

func labels() {
	b := &box{}
outer:
	for b.less(6) {
		switch b.next() {
		case 1:
			fmt.Println("one")
			fallthrough
		case 2:
			fmt.Println("two")
			continue outer
		case 4:
			fmt.Println(pick("leave")); break outer
		default:
			fmt.Println(pick("other"), b.n)
		}
	}
	i := 0
again:
	fmt.Print(i, " ")
	i++
	if i < 3 { goto again }
	fmt.Println()
inner:
	switch { default: fmt.Println("block"); if pick("a") == "A" { break inner }; fmt.Println("never") }
loop:
	for range b.next() {
		select {
		default:
			fmt.Println("default"); break loop
		}
	}
}

func chain(s string) string {
	if t := pick(s); t == "A" {
		return pick("first")
	} else if u := pick(t + "!"); u == "B!" {
		return pick("second")
	} else if pick(u) != "" {
		return fmt.Sprint(pick("third"))
	}
	return ""
}

func nested(b *box) (s string) {
	if b.less(1) {
		return "low"
	} else /* between */ if n := b.next(); n == 1 {
		if b.less(0) { return pick("never") } else if b.less(2) { return pick("two") } else { return "else" }
	} else if b.less(9) {
		return pick("nine")
	} else {
		for { if b.next() > 12 { return "far" } else if pick(s) != "" { break } }
	}
	return pick("out")
}

func noReturnAtEnd(n int) string {
	switch { case n > 1: return pick("big"); default: panic(fmt.Sprint("small")) }
}

func types(v any) string {
	switch x := v.(type) {
	case int: return fmt.Sprint("int ", x)
	case fmt.Stringer: return x.String()
	case error: fmt.Println("error"); return x.Error()
	}
	return fmt.Sprintf("%T", v)
}

func main() {
	labels()
	for i := range 12 { fmt.Println(nested(&box{i})) }
	for _, s := range []string{"a", "b", "c"} { fmt.Println(chain(s)) }
	fmt.Println(noReturnAtEnd(2))
	fmt.Println(types(1), types(fmt.Errorf("x")), types(2.5))
	func() { defer func() { fmt.Println(recover()) }(); noReturnAtEnd(0) }()
	var x, y = pick("x"), /* between */ pick("y") // after
	fmt.Println(x, y); fmt.Println(y,
		x)
	if true { fmt.Println("one line"); fmt.Println("ю") }
	fmt.Println(strings.Map(func(r rune) rune { fmt.Print(string(r)); return r + 1 }, "abc"))
	for i, n := 0, len(pick("abc")); i < n; i++ { fmt.Print(i) }
	fmt.Println()
}
