package main

import (
	"errors"
	"fmt"
)

func div(a, b int) (q int, err error) {
	defer func() {
		if b == 0 {
			q, err = -1, errors.New("division by zero")
		}
	}()
	if b == 0 {
		return 0, nil
	}
	return a / b, nil
}

func main() {
	fmt.Println(div(6, 3))
	fmt.Println(div(1, 0))
}
