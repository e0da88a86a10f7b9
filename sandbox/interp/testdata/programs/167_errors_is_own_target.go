package main

import (
	"errors"
	"fmt"
)

type codeErr int

func (c codeErr) Error() string { return fmt.Sprint("code ", int(c)) }

func main() {
	var err error = codeErr(3)
	fmt.Println(errors.Is(err, codeErr(3)), errors.Is(fmt.Errorf("w: %w", err), codeErr(3)), err == codeErr(3))
}
