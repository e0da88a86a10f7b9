package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type key string

func work(ctx context.Context) string {
	if v, ok := ctx.Value(key("user")).(string); ok {
		return "user " + v
	}
	return "nobody"
}

func main() {
	ctx := context.WithValue(context.Background(), key("user"), "ann")
	fmt.Println(work(ctx), work(context.Background()))
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	cancel()
	fmt.Println(ctx.Err(), errors.Is(ctx.Err(), context.Canceled), work(ctx))
}
