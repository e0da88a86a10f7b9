package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type key struct{}

func work(ctx context.Context) error {
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}
func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err := work(context.WithValue(ctx, key{}, "v"))
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	c2, cancel2 := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
	cancel2()
	fmt.Println(work(c2), c2.Value(key{}))
}
