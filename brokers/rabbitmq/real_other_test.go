//go:build !unix

package rabbitmq_test

import (
	"errors"
	"testing"
)

func findRabbitMQ() (string, error) {
	return "", errors.New("how to run a rabbitmq-server beside others is known for Unix only")
}

func startRabbitMQ(t testing.TB) string {
	_, err := findRabbitMQ()
	t.Skipf("SKIPPED: %v", err)
	return ""
}

type realNode struct {
	url, management string
	script          string
	env             []string
}

func startNode(t testing.TB, _ string) realNode { return realNode{url: startRabbitMQ(t)} }

func startManaged(t testing.TB, _ string) (url, management string) { return startRabbitMQ(t), "" }
