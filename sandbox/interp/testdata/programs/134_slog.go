package main

import (
	"errors"
	"log/slog"
	"os"
	"time"
)

func main() {
	h := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	l := slog.New(h).With("app", "x")
	l.Info("order", "id", 4, slog.String("s", "v"))
	l.Warn("slow", "took", 2*time.Second, "err", errors.New("e"))
}
