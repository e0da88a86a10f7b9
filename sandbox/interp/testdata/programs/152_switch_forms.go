package main

import (
	"fmt"
	"strings"
)

func grade(n int) string {
	switch {
	case n >= 90:
		return "A"
	case n >= 80:
		return "B"
	}
	return "F"
}
func day(s string) int {
	switch d := strings.ToLower(s); d {
	case "sat", "sun":
		return 1
	case "fri":
		fallthrough
	case "mon":
		return 2
	default:
		return 0
	}
}

func main() { fmt.Println(grade(95), grade(85), grade(1), day("SUN"), day("fri"), day("x")) }
