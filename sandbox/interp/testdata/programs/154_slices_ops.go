package main

import (
	"fmt"
)

func remove(s []int, i int) []int { return append(s[:i], s[i+1:]...) }

func main() {
	s := []int{1, 2, 3, 4, 5}
	t := make([]int, 2, 10)
	n := copy(t, s[1:])
	fmt.Println(n, t, len(t), cap(t), s[:2], s[3:], s[1:3:4])
	s = remove(s, 2)
	fmt.Println(s)
	u := append([]int(nil), s...)
	u[0] = 100
	fmt.Println(s[0], u[0])
	var grid [3][4]int
	grid[1][2] = 5
	row := grid[1]
	row[2] = 6
	fmt.Println(grid, row)
	b := append([]byte("ab"), "cd"...)
	fmt.Println(string(b))
}
