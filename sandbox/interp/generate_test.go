package interp

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	generated = flag.Int("generated", 150, "how many programs TestGenerated makes")
	firstSeed = flag.Int("seed", 1, "the seed of its first program")
)

// prelude is what all generated programs begin with.
const prelude = `package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

type point struct{ x, y int }

func (p point) sum() int  { return p.x + p.y }
func (p *point) move(d int) { p.x += d }

type color int

func (c color) String() string { return [...]string{"red", "green", "blue"}[(int(c)%3+3)%3] }

type plain struct {
	A int
	B string
}

type shape interface{ area() int }
type square struct{ s int }
type disc struct{ r int }

func (s square) area() int { return s.s * s.s }
func (d *disc) area() int  { return 3 * d.r * d.r }

type failure struct{ code int }

func (f *failure) Error() string { return fmt.Sprint("failure ", f.code) }

var errOdd = errors.New("odd")

func try(n int) error {
	switch {
	case n%2 != 0:
		return fmt.Errorf("try %d: %w", n, errOdd)
	case n%3 == 0:
		return &failure{n}
	}
	return nil
}

func two(n int) (int, string) { return n * 2, strings.Repeat("z", (n%3+3)%3) }

func make2(n int) shape {
	if n%2 == 0 {
		return square{n}
	}
	return &disc{n}
}

func total(ns ...int) (t int) {
	t = 0
	for _, n := range ns {
		t += n
	}
	return
}

func first[T any](xs []T, or T) T {
	if len(xs) == 0 {
		return or
	}
	return xs[0]
}

func keysOf(m map[string]int) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	sort.Strings(ks)
	return ks
}

type box[T any] struct{ all []T }

func (b *box[T]) put(v T)     { b.all = append(b.all, v) }
func (b *box[T]) get(i int) T { return b.all[i] }
func (b *box[T]) size() int   { return len(b.all) }

func mapTo[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

type base struct{ n int }

func (b *base) bump() { b.n++ }

type worker struct {
	base
	name string
}

func (w *worker) bump()         { w.n += 10 }
func (w *worker) label() string { return fmt.Sprint(w.name, w.n) }

type labeled interface{ label() string }
type tag string

func (t tag) label() string { return "#" + string(t) }

func parse(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("parse: %w", err)
	}
	return n, nil
}

func visit(n int, f func(int) bool) int {
	for i := 0; i < n; i++ {
		if !f(i) {
			return i
		}
	}
	return -1
}

var table = []struct {
	name string
	n    int
}{{"a", 1}, {"b", 2}, {"c", 3}}

var counter = 5

func next() int { counter += 2; return counter }

var _ = []any{strconv.Itoa, time.Second, bytes.NewBuffer, context.Background, json.Marshal, &sync.Mutex{}}

func main() {
	a, b, c := 1, 2, 3
	xs := []int{4, 5, 6}
	m := map[string]int{"k": 1}
	s := "go"
	p := point{1, 2}
	q := &p
	var fs []func() int
	var v any = 0
	var sh shape = square{2}
	ch := make(chan int, 2)
	pl := plain{1, "b"}
	arr := [3]int{7, 8, 9}
	var err error
	_, _, _, _, _, _, _, _, _, _, _, _, _, _ = a, b, c, xs, m, s, p, q, fs, v, sh, ch, pl, err
`

const postlude = `
	for _, f := range fs {
		fmt.Println("f", f(), f())
	}
	fmt.Println(a, b, c, xs, len(m), s, p, *q, sh.area(), len(ch), pl, arr, err)
	for _, k := range keysOf(m) {
		fmt.Println(k, m[k])
	}
}
`

// simple are statements with holes: N is a number, V an int variable, B a block, S a
// simple statement, and U a new name.
var simple = []string{
	"V = N", "V += N", "V++", "V -= V", "a, b = b, a", "V, s = two(N)", "V = total(N, N, N)", "V = total(xs...)", "U := total(N, V)\n V = U", "U := func(n int) (r int, e error) {\n r = n\n if n > 3 {\n e = errOdd\n return r, e\n }\n return n, nil\n }\n V, err = U(N)",
	"xs[(V%3+3)%3] = N", "xs = append(xs, N)", "xs[0], xs[1] = xs[1], xs[0]", "m[\"k\"] += N", "m[s] = N", "delete(m, s)",
	"p.x = N", "p.move(N)", "q.move(V)", "q = &point{N, N}", "*q = point{N, V}", "p = *q", "q = &p", "arr[1] = N", "arr2U := arr\n arr2U[0] = N\n V += arr2U[0]",
	"s += \"x\"", "s = strings.ToUpper(s)", "s = fmt.Sprintf(\"%d-%s\", N, s[:1])", "V = p.sum() + q.sum()",
	"fmt.Println(a, b, c)", "fmt.Println(xs, s)", "fmt.Println(p, *q)", "fmt.Println(color(N))", "fmt.Printf(\"%v %d %q\\n\", color(1), N, s)",
	"fmt.Printf(\"%5d|%-4s|%x|%t\\n\", N, s, V, a > b)", "fmt.Println(pl, &pl, []plain{pl})", "fmt.Printf(\"%+v\\n\", pl)",
	"sh = square{N}", "sh = &disc{N}", "sh = make2(N)", "V = sh.area()", "if sq, ok := sh.(square); ok {\n V += sq.s\n}", "if d, ok := sh.(*disc); ok {\n d.r++\n V += d.r\n}",
	"err = try(N)", "if err := try(N); err != nil {\n fmt.Println(err)\n}", "fmt.Println(errors.Is(try(N), errOdd))", "fmt.Println(err == nil, err)",
	"if f, ok := try(N).(*failure); ok {\n V = f.code\n}",
	"v = N", "v = s", "v = pl", "v = []int{N}", "fmt.Println(v)", "if n, ok := v.(int); ok {\n V = n\n}",
	"switch t := v.(type) {\ncase int:\n V += t\ncase string:\n s += t\ncase plain:\n V += t.A\ncase []int:\n V += len(t)\ndefault:\n fmt.Println(\"other\")\n}",
	"fs = append(fs, func() int { V++; return V })", "U := N\n fs = append(fs, func() int { U += 2; return U })", "U := func(n int) int { return n + V }\n V = U(N)",
	"U := q.move\n U(N)", "V = first(xs, N)", "s = first([]string{s}, \"\")", "V = point.sum(p)", "U := p\n U.x = N\n fmt.Println(U, p)",
	"U := [2]point{{N, N}, p}\n UU := U\n UU[0].x = V\n fmt.Println(U, UU)", "U := map[string]*point{\"a\": q}\n U[\"a\"].x += N", "U := map[point]int{p: N}\n V = U[*q]",
	"U := xs[:2]\n U = append(U, N)\n V = cap(U[:1])", "V = len(xs[1:]) + copy(xs, []int{N})", "var U struct{ n int; t []string }\n U.t = append(U.t, s)\n U.n = N\n fmt.Println(U)",
	"U := make(chan string, 1)\n U <- s\n UU := <-U\n s = UU", "U := []any{N, s, 2.5, nil}\n fmt.Println(U...)", "const U = 1 << 4\n V = U | N", "V = N<<2 ^ 5&^1", "U := float64(N) / 4\n fmt.Println(U)",
	"for i, r := range s[:2] {\n V += i * int(r)\n}", "U := []byte(s)\n U[0] = 'Q'\n s = string(U)", "U := func() (n int) {\n defer func() { n *= 2 }()\n n = V\n return n + 1\n}\n V = U()",
	"var U []point\n U = append(U, p, *q)\n U[0].move(N)\n fmt.Println(U, p)", "U := &arr\n U[2] = N\n V = len(U)", "U := N * 50\n V = int(int8(U))", "V = int(uint8(V))", "U, UU := V/3, V%3\n V = U*3 + UU",
	"U := []shape{square{N}, &disc{V}, sh}\n for _, x := range U {\n c += x.area()\n}", "U := strings.Fields(\"a b c\")\n sort.Slice(U, func(i, j int) bool { return U[i] > U[j] })\n fmt.Println(U)",
	"U := struct{ point; n int }{p, N}\n U.move(2)\n fmt.Println(U.x, U.sum(), p.x)", "U := func(f func(int)) { f(N); f(V) }\n U(func(n int) { a += n })",
	"fmt.Println(errors.Unwrap(try(1)) == errOdd)", "U := errors.Join(errOdd, nil)\n fmt.Println(U)", "defer fmt.Println(\"last\")", "defer func() { fmt.Println(\"end\", a, len(xs)) }()", "U := N\n defer fmt.Println(U)",
	"U := m[s]\n U++\n m[\"q\"] = U", "U := xs[0]\n U++\n V += U + xs[0]", "U := arr\n UU := &U[1]\n *UU = N\n V += U[1]", "if t, ok := v.(int); ok {\n t++\n V += t\n}", "if t, ok := v.(plain); ok {\n t.A++\n pl = t\n}",
	"U, UU := m[\"zz\"]\n UU = !UU\n fmt.Println(U, UU)", "U := q.x\n U++\n V = U + q.x", "U := *q\n U.x = N\n V += q.x", "U := make2(N)\n V += U.area()", "U := []point{p, *q}\n for _, x := range U {\n x.x++\n V += x.x\n}\n fmt.Println(U)",
	"U := map[string][]int{}\n U[s] = append(U[s], N, V)\n fmt.Println(U)", "U := try\n fmt.Println(U(N))", "U := func(ps ...point) (n int) {\n n = 0\n for _, x := range ps {\n n += x.x\n}\n return n\n}\n UU := U(p, *q)\n V = UU",
	"U := [][]int{{N}, {V, 2}}\n U[1][0]++\n U[0] = append(U[0], U[1]...)\n fmt.Println(U)", "var U strings.Builder\n U.WriteString(s)\n fmt.Fprintf(&U, \"%03d\", N)\n s = U.String()[:2]", "U, UU := \"l\", \"r\"\n U, UU = UU, U\n s = U + UU + s",
	"{\n ch2 := make(chan point, 2)\n ch2 <- p\n ch2 <- point{N, V}\n U := <-ch2\n UU := <-ch2\n fmt.Println(U, UU.x)\n}", "U := any(p)\n if t, ok := U.(point); ok {\n V = t.y\n}", "U := new(int)\n *U += N\n V += *U", "U := &plain{N, s}\n U.A += V\n pl = *U",
	"U := struct{ f func() int }{func() int { return V + 1 }}\n V = U.f()", "var U shape\n if V > 1 {\n U = square{N}\n}\n if U != nil {\n V = U.area()\n}", "U := V > 2 && N < 5 || len(s) == 2\n if !U {\n V--\n}",
}

// declared adds what a broker program is made of: workers, queues, errors and maps of
// handlers.
var declared = []string{
	"var U sync.WaitGroup\n var UU sync.Mutex\n for i := 0; i < 3; i++ {\n U.Add(1)\n go func(n int) {\n defer U.Done()\n UU.Lock()\n defer UU.Unlock()\n V += n\n}(i)\n}\n U.Wait()",
	"U := make(chan int, 3)\n UU := make(chan bool)\n go func() {\n defer close(UU)\n for x := range U {\n V += x\n}\n}()\n for i := 0; i < 4; i++ {\n U <- i * N2\n}\n close(U)\n <-UU",
	"var U sync.WaitGroup\n UU := make([]int, 40)\n for i := 0; i < 40; i++ {\n i := i\n U.Go(func() { UU[i] = i * N2 })\n}\n U.Wait()\n V += total(UU...)",
	"U := make(chan int)\n UU := make(chan bool)\n for i := 0; i < 20; i++ {\n i := i\n go func() {\n select {\n case U <- i:\n case <-UU:\n}\n}()\n}\n for i := 0; i < 20; i++ {\n select {\n case n, ok := <-U:\n if ok {\n V += n\n}\n case <-UU:\n V--\n}\n}",
	"U := map[string]func(int) int{\"d\": func(n int) int { return n * 2 }, \"s\": func(n int) int { return n - c }}\n V = U[\"d\"](N) + U[\"s\"](V)\n if f, ok := U[\"x\"]; ok {\n V = f(1)\n}",
	"U := &box[int]{}\n U.put(N)\n U.put(V)\n V = U.get(0) + U.size()", "U := &box[string]{}\n U.put(s)\n s = U.get(0)", "U := mapTo[int, string](xs, func(n int) string { return fmt.Sprint(n + V) })\n fmt.Println(U)",
	"U := worker{name: s, base: base{N}}\n U.bump()\n U.base.bump()\n V = U.n\n fmt.Println(U.label(), U.n)", "U := &worker{base: base{V}}\n UU := U\n UU.bump()\n V = U.n", "var U labeled = &worker{name: \"w\", base: base{N}}\n fmt.Println(U.label())",
	"U := []labeled{&worker{name: \"x\"}, tag(\"t\")}\n for _, l := range U {\n s = l.label()\n}", "U := tag(s)\n s = U.label()\n fmt.Println(U == \"t\", string(U))", "U := map[tag]int{\"a\": N}\n U[tag(s)]++\n V = len(U) + U[\"a\"]",
	"U, UU := parse(s)\n if UU != nil {\n fmt.Println(\"no:\", UU)\n} else {\n V = U\n}", "if n, err := parse(\"12\"); err == nil {\n V = n\n}", "switch err := try(N); {\ncase err == nil:\n V++\ncase errors.Is(err, errOdd):\n fmt.Println(\"odd\", err)\ndefault:\n fmt.Println(\"other\", err)\n}",
	"U := [][]string{{\"a\", s}, {}}\n U[1] = append(U[1], U[0]...)\n fmt.Println(U, len(U[1]))", "U := map[string]map[string]int{}\n if U[s] == nil {\n U[s] = map[string]int{}\n}\n U[s][\"n\"] += N\n fmt.Println(U)", "U := map[string]point{\"a\": p}\n UU := U[\"a\"]\n UU.x = N\n U[\"b\"] = UU\n V = U[\"a\"].x + U[\"b\"].x",
	"U := strings.Split(\"a,b,c\", \",\")\n sort.Sort(sort.Reverse(sort.StringSlice(U)))\n s = strings.Join(U, s[:1])", "var U, UU = N, s\n fmt.Println(U, UU)", "type tU struct {\n k string\n n int\n}\n U := []tU{{s, N}, {\"k\", V}}\n sort.Slice(U, func(i, j int) bool { return U[i].n < U[j].n || U[i].n == U[j].n && U[i].k < U[j].k })\n fmt.Println(U)",
	"U := 0\n for i, n := 0, len(xs); i < n; i, U = i+1, U+i {\n V += U\n}", "for U, UU := 0, 5; U < UU; U, UU = U+1, UU-1 {\n V += UU - U\n}", "U := func(n int) func() int {\n return func() int { n++; return n }\n}\n UU := U(N)\n UU()\n fs = append(fs, UU, U(V))",
	"U := make([]func() int, 2)\n for i := range U {\n i := i\n U[i] = func() int { V += i; return V }\n}\n U[1]()\n U[0]()", "U := visit(3, func(n int) bool { V += n; return n < 2 })\n fmt.Println(U)", "U := append([]int{}, xs...)\n sort.Ints(U)\n fmt.Println(U, sort.SearchInts(U, N))",
	"U := time.Duration(N) * time.Millisecond\n fmt.Println(U, U.Seconds() > 1)", "U := bytes.NewBufferString(s)\n U.WriteByte('!')\n fmt.Fprintf(U, \"%v\", xs)\n fmt.Println(U.String(), U.Len())", "U, err := strconv.Atoi(s)\n fmt.Println(U, err)", "U := strconv.Quote(s) + strconv.Itoa(N)\n fmt.Println(U)",
	"U, UU := context.WithCancel(context.Background())\n UU()\n <-U.Done()\n fmt.Println(U.Err())", "U := time.After(time.Millisecond)\n select {\ncase <-U:\n V++\ncase <-make(chan int):\n V--\n}", "U := time.Hour\n if len(ch) == 0 {\n U = time.Millisecond\n}\n select {\ncase n, ok := <-ch:\n fmt.Println(n, ok)\ncase <-time.After(U):\n fmt.Println(\"late\")\n}",
	"U, _ := json.Marshal(map[string]any{\"n\": N, \"s\": s, \"l\": xs})\n fmt.Println(string(U))", "U, _ := json.Marshal([]plain{pl, {A: N}})\n fmt.Println(string(U))", "var U plain\n UU := json.Unmarshal([]byte(`{\"A\": 3, \"B\": \"j\"}`), &U)\n fmt.Println(U, UU)\n pl = U",
	"U := a\n UU := &U\n *UU += N\n fs = append(fs, func() int { *UU++; return U })", "U := [3]bool{true}\n U[N3] = !U[0]\n fmt.Println(U)", "V = table[N3].n\n table[N3].n++", "counter++\n V = next() + counter", "U := *q\n UU := &U\n UU.move(N)\n fmt.Println(U == *q, *UU)",
	"func() {\n for {\n V++\n if V%3 == 0 {\n return\n }\n}\n}()", "U := \"\"\n for _, r := range \"añb\" {\n U = string(r) + U\n}\n fmt.Println(U, len(U))", "U := map[bool]string{true: \"y\", false: \"n\"}[a > b]\n s += U", "U := append(xs[:1:1], N)\n fmt.Println(U, xs)", "U := `raw\\n`\n fmt.Printf(\"%s %q\\n\", U, 'x')",
	"U := len(strings.TrimSpace(\"  \" + s)) << 1\n V = U &^ 2", "U := 0x1F & N\n U |= 1 << 3\n U ^= V\n U %= 7\n V = U", "var U int64 = int64(N)\n U *= 1 << 40\n V = int(U >> 38)", "var U uint8 = 200\n U += uint8(len(xs) * 30)\n V = int(U)", "U := 7.5\n U /= 2\n V = int(U * 4)\n fmt.Printf(\"%.2f %6.1f|%e\\n\", U, U, U)",
}

// nested are statements around blocks.
var nested = []string{
	"if V > N {\nB} else {\nB}", "if U := V + N; U%2 == 0 {\nV = U\nB}", "for i := 0; i < 3; i++ {\nif i == 1 {\ncontinue\n}\nV += i\nB}", "for i := range xs[:2] {\nV += i\nB}",
	"for _, x := range xs[:2] {\nU := x\nfs = append(fs, func() int { U++; return U })\nB}", "for i, x := range arr {\nV += i * x\nB}",
	"switch V % 3 {\ncase 0:\nB case 1, 2:\nB default:\nB}", "switch {\ncase V > N:\nB fallthrough\ncase V > 0:\nB}", "switch U := V % 2; U {\ncase 0:\nUU := U\nfs = append(fs, func() int { UU++; return UU })\nB default:\nB}",
	"func() {\nB}()", "func() {\ndefer func() { V += 10 }()\nB}()", "func(n int) {\nV = n\nB}(N)", "func() {\ndefer func() {\nif recover() != nil {\nV = 99\n}\n}()\nB panic(\"p\")\n}()",
	"select {\ncase ch <- V:\nB default:\nB}", "select {\ncase n := <-ch:\nV += n\nB default:\nB}", "{\nV := V\nV++\nB}",
	"U:\nfor i := 0; i < 3; i++ {\nfor j := 0; j < 3; j++ {\nif j > i {\ncontinue U\n}\nif i+j > 3 {\nbreak U\n}\nV += i * j\n}\nB}",
	"for U := 0; U < 2; U++ {\nU := U\nfs = append(fs, func() int { return U + V })\nB}", "U, UU := make(chan int), N\ngo func() {\ndefer close(U)\nfor i := 0; i < 3; i++ {\nU <- i * UU\n}\n}()\nfor n := range U {\nV += n\nB}",
	"for {\nV++\nif V > 20 || V < -50 {\nbreak\n}\nV += 40\nB break\n}", "func() {\ndefer func() {\nif r := recover(); r != nil {\nV = 98\n}\n}()\n_ = xs[len(xs)+V*V]\nB}()",
	"U := func(n int) (r int, e error) {\ndefer func() {\nif n > 2 {\nr = -1\n}\n}()\nif n%2 == 0 {\nreturn n, errOdd\n}\nreturn n * 3, nil\n}\nif n, e := U(N); e != nil {\nV = n\nB} else {\nB}",
	"var U func(int) int\nU = func(n int) int {\nif n <= 1 {\nreturn 1\n}\nreturn n * U(n-1)\n}\nV = U(4)\nB",
}

// programs generates whole programs.
func programs() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		g := &writer{t: t}
		body := g.block(2, rapid.IntRange(2, 6).Draw(t, "size"))
		return prelude + body + postlude
	})
}

// A writer fills templates with draws.
type writer struct {
	t     *rapid.T
	names int
}

func (g *writer) block(depth, size int) string {
	var b strings.Builder
	for range size {
		templates := simple
		if rapid.Bool().Draw(g.t, "declared") {
			templates = declared
		}
		if depth > 0 && rapid.IntRange(0, 2).Draw(g.t, "nest") == 0 {
			templates = nested
		}
		b.WriteString(g.fill(rapid.SampledFrom(templates).Draw(g.t, "statement"), depth))
		b.WriteByte('\n')
	}
	return b.String()
}

// fill replaces the holes of one template; a V keeps its variable for the whole of it.
func (g *writer) fill(template string, depth int) string {
	g.names++
	name := fmt.Sprint("u", g.names)
	variable := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(g.t, "variable")
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		switch ch := template[i]; {
		case !hole(template, i):
			b.WriteByte(ch)
		case ch == 'N' && strings.HasPrefix(template[i:], "N2"), ch == 'N' && strings.HasPrefix(template[i:], "N3"):
			i++
			b.WriteString(fmt.Sprint(rapid.IntRange(0, 2).Draw(g.t, "small")))
		case ch == 'N':
			b.WriteString(rapid.SampledFrom([]string{"0", "1", "2", "3", "7", "a", "b", "a+1", "b*2", "len(xs)", "xs[0]", "c-1"}).Draw(g.t, "number"))
		case ch == 'V':
			b.WriteString(variable)
		case ch == 'U':
			b.WriteString(name)
		case ch == 'B':
			b.WriteString(g.block(depth-1, rapid.IntRange(1, 2).Draw(g.t, "inner")))
		}
	}
	return b.String()
}

// hole reports whether the letter at i stands for something: alone, or U before digits and U.
func hole(s string, i int) bool {
	if !strings.ContainsRune("NVBU", rune(s[i])) {
		return false
	}
	letter := func(j int) bool {
		return j >= 0 && j < len(s) && (s[j] >= 'a' && s[j] <= 'z' || s[j] >= 'A' && s[j] <= 'Z' || s[j] == '"' || s[j] == '%' || s[j] == '.')
	}
	before, after := letter(i-1), i+1 < len(s) && (s[i+1] >= 'a' && s[i+1] <= 'z' || s[i+1] >= 'A' && s[i+1] <= 'Z')
	if s[i] == 'U' {
		before = i > 0 && s[i-1] != 'U' && letter(i-1) && !strings.HasSuffix(s[:i], "arr2") && !strings.HasSuffix(s[:i], " t") && !strings.HasSuffix(s[:i], "]t")
		after = after && s[i+1] != 'U'
	}
	return !before && !after
}

// TestGenerated: whatever is generated either does what Go does or is refused. All
// programs are compiled as packages of one Go program.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("builds many programs")
	}
	dir := t.TempDir()
	sources := make([]string, *generated)
	outcomes := make([]outcome, *generated)
	var index, imports strings.Builder
	ran := 0
	refused := make(map[string]int)
	for i := range sources {
		sources[i] = programs().Example(*firstSeed + i)
		outcomes[i] = interpret(t, File{Name: "main.go", Text: sources[i]})
		if len(outcomes[i].found) > 0 {
			d := outcomes[i].found[0]
			refused[d.Code]++
			if d.Code == CodeInterpreter {
				t.Errorf("the lint let pass what the interpreter cannot compile: %d: %s\n%s", d.Line, d.Message, sources[i])
			}
			if d.Code == CodeType || d.Code == CodeSyntax {
				t.Logf("the generator made what is not Go: %d: %s\n%s", d.Line, d.Message, strings.Split(sources[i], "\n")[d.Line-1])
			}
			continue
		}
		ran++
		pkg := strings.Replace(sources[i], "package main", fmt.Sprintf("package p%d", i), 1)
		write(t, filepath.Join(dir, fmt.Sprint("p", i), "p.go"), strings.Replace(pkg, "func main()", "func Main()", 1))
		fmt.Fprintf(&imports, "\t\"generated/p%d\"\n", i)
		fmt.Fprintf(&index, "\tcase \"%d\":\n\t\tp%d.Main()\n", i, i)
	}
	t.Logf("%d programs: %d run, refused by code %v", *generated, ran, refused)
	if ran < *generated/5 {
		t.Errorf("only %d of %d programs run: the lint or the generator is too narrow", ran, *generated)
	}
	write(t, filepath.Join(dir, "go.mod"), "module generated\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport (\n\t\"os\"\n"+imports.String()+")\n\nfunc main() {\n\tswitch os.Args[1] {\n"+index.String()+"\t}\n}\n")
	build := exec.Command("go", "build", "-o", "all", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, clip(string(out)))
	}
	for i, o := range outcomes {
		if len(o.found) == 0 {
			compare(t, filepath.Join(dir, "all"), i, sources[i], o)
		}
	}
}

// compare holds one outcome against what the compiled program does.
func compare(t *testing.T, bin string, i int, source string, o outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, fmt.Sprint(i))
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	if o.out == out.String() && (err == nil) == (o.err == nil) {
		return
	}
	body := strings.TrimSuffix(strings.TrimPrefix(source, prelude), postlude)
	t.Errorf("program of seed %d:\n%s\ninterpreted (%v):\n%s%s\ncompiled (%v):\n%s", *firstSeed+i, body, o.err, o.out, clip(o.stderr), err, out.String())
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
