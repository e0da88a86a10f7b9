package main

import (
	"errors"
	"fmt"
	"io"
)

type RetryErr struct {
	N   int
	Err error
}

func (e *RetryErr) Error() string { return fmt.Sprintf("retry %d: %v", e.N, e.Err) }
func (e *RetryErr) Unwrap() error { return e.Err }

var ErrTemp = errors.New("temp")

func do() error { return fmt.Errorf("do: %w", &RetryErr{3, ErrTemp}) }
func main() {
	err := do()
	fmt.Println(errors.Is(err, ErrTemp), errors.Is(err, io.EOF))
	var re *RetryErr
	if errors.As(err, &re) {
		fmt.Println("as", re.N)
	} else {
		fmt.Println("as failed")
	}
	fmt.Println(err)
	fmt.Println(errors.Join(io.EOF, ErrTemp))
}
