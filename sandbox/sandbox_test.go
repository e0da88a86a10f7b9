package sandbox_test

import (
	"context"
	"os"
	"testing"

	"github.com/brokerlab/brokerlab/sandbox"
	"github.com/brokerlab/brokerlab/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	sandboxtest.Clean()
	os.Exit(code)
}

func TestEcho(t *testing.T) {
	s := sandboxtest.Open(t, sandboxtest.TestLab, sandbox.Options{Warm: 1})
	h, err := s.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := h.Call(context.Background(), "echo", map[string]any{"Text": "hi", "Count": 3}, &got); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Level(), got, h.Pid())
}
