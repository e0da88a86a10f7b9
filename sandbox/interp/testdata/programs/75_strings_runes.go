package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func main() {
	s := "naïve, мир"
	for i, r := range s {
		if r > 127 {
			fmt.Print(i, "=", string(r), " ")
		}
	}
	fmt.Println(len(s), len([]rune(s)), strings.ToUpper(s), s[1:3], s[0], []byte("ab"))
	b := []byte(s)
	b[0] = 'N'
	fmt.Println(string(b), s, utf8.RuneCountInString(s))
	fmt.Printf("%q %x %5d|%-5s|%05.1f %c %U %t %8.3f %+d\n", s, "hi", 42, "ab", 3.14159, 'ж', 'ж', true, 2.5, 7)
}
