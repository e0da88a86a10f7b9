package main

import (
	"errors"
	"fmt"
	"io"
)

func main() {
	e1, e2 := errors.New("one"), errors.New("two")
	err := errors.Join(e1, nil, e2)
	fmt.Println(err, errors.Is(err, e2), errors.Join(nil) == nil)
	wrapped := fmt.Errorf("all: %w and %w", e1, io.EOF)
	fmt.Println(wrapped, errors.Is(wrapped, io.EOF))
}
