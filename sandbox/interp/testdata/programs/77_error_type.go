package main

import (
	"fmt"
)

type quotaError struct{ limit int }

func (q quotaError) Error() string { return fmt.Sprintf("over %d", q.limit) }

func use(n int) error {
	if n > 3 {
		return quotaError{3}
	}
	return nil
}

func main() {
	for _, n := range []int{1, 5} {
		if err := use(n); err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println("ok", n)
	}
}
