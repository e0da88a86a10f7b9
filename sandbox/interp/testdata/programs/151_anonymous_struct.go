package main

import (
	"fmt"
)

func main() {
	tests := []struct {
		name string
		in   int
		want bool
	}{
		{"zero", 0, true},
		{"one", 1, false},
	}
	for _, tt := range tests {
		fmt.Println(tt.name, tt.in == 0 == tt.want)
	}
	cfg := struct {
		Host string
		Port int
	}{"h", 1}
	cfg.Port++
	fmt.Println(cfg)
}
