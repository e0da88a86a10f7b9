package main

import (
	"errors"
	"fmt"
)

func at(s []int, i int) (v int, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("bad index")
		}
	}()
	return s[i], nil
}

func main() {
	fmt.Println(at([]int{1, 2}, 1))
	fmt.Println(at([]int{1, 2}, 5))
}
