package main

import (
	"fmt"
)

func main() {
	switch n := 1; n {
	case 1:
	loop:
		for i := 0; i < 3; i++ {
			for j := 0; j < 3; j++ {
				if j == 1 {
					continue loop
				}
				fmt.Println(i, j)
			}
		}
	}
}
