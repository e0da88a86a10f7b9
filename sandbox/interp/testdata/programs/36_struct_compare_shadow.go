package main

import (
	"fmt"
	"os"
)

type P struct {
	X, Y int
	N    string
}
type H func(string) error

func (h H) Serve(s string) error { return h(s) }

type Server interface{ Serve(string) error }

func main() {
	a, b := P{1, 2, "n"}, P{1, 2, "n"}
	fmt.Println(a == b, &a == &b)
	m := map[P]int{a: 1}
	m[b]++
	fmt.Println(m[a])
	x := 1
	{
		x := 2
		x++
		_ = x
	}
	fmt.Println(x)
	if v, err := os.ReadFile("/nonexistent"); err != nil {
		fmt.Println(len(v), os.IsNotExist(err))
	}
	var s Server = H(func(s string) error { return fmt.Errorf("h:%s", s) })
	fmt.Println(s.Serve("q"))
	var u8 uint8 = 250
	u8 += 10
	var i32 int32 = 1 << 30
	i32 *= 4
	fmt.Println(u8, i32, 7/2, -7/2, -7%3, 1<<3|1, 6&^2)
	f := 0.1
	g := 0.2
	fmt.Println(f+g, float32(f)+float32(g), int(3.99*f*10))
	var arr [2][3]int
	arr[1][2] = 5
	fmt.Println(arr, len(arr[0]))
	y := []any{1, "a", nil, P{}}
	fmt.Println(y...)
	goto end
end:
	fmt.Println("end")
}
