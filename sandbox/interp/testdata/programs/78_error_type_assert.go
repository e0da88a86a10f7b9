package main

import (
	"fmt"
)

type quotaError struct{ limit int }

func (q *quotaError) Error() string { return fmt.Sprintf("over %d", q.limit) }

func use(n int) error {
	if n > 3 {
		return &quotaError{3}
	}
	return nil
}

func main() {
	err := use(4)
	if q, ok := err.(*quotaError); ok {
		fmt.Println("quota", q.limit)
	}
	switch e := use(9).(type) {
	case nil:
		fmt.Println("none")
	case *quotaError:
		fmt.Println("limit", e.limit)
	default:
		fmt.Println("default")
	}
}
