package main

import (
	"errors"
	"fmt"
)

var ErrNotFound = errors.New("not found")

func find(id int) (string, error) {
	if id < 0 {
		return "", fmt.Errorf("find %d: %w", id, ErrNotFound)
	}
	return fmt.Sprint("item", id), nil
}

func main() {
	for _, id := range []int{1, -1} {
		v, err := find(id)
		switch {
		case errors.Is(err, ErrNotFound):
			fmt.Println("missing:", err)
		case err != nil:
			fmt.Println("other:", err)
		default:
			fmt.Println(v)
		}
	}
	fmt.Println(errors.Unwrap(fmt.Errorf("x: %w", ErrNotFound)) == ErrNotFound)
}
