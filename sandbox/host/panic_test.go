package host

import (
	"strings"
	"testing"
)

func TestPanic(t *testing.T) {
	for _, tt := range []struct {
		name, stderr string
		words, place string
	}{
		{"a panic of the student's code", `2026/11/23 08:00:00 order 4
panic: assignment to entry in nil map

goroutine 1 [running]:
main.handle({0xc000014090, 0x1})
	/build/main.go:31 +0x4a
main.main()
	/build/main.go:18 +0x1d
exit status 2
`, "panic: assignment to entry in nil map", "main.go:31"},
		{"in a library that was called", `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x6f1d2a]

goroutine 7 [running]:
github.com/rabbitmq/amqp091-go.(*Channel).Consume(0x0, {0x7, 0x1})
	github.com/rabbitmq/amqp091-go@v1.16.0/channel.go:1120 +0x2a
main.work(...)
	/build/worker.go:44
created by main.main in goroutine 1
	/build/main.go:9 +0x25
`, "panic: runtime error: invalid memory address or nil pointer dereference", "worker.go:44"},
		{"caught and raised again", "panic: first [recovered]\n\tpanic: second\n\ngoroutine 1 [running]:\nmain.f()\n\t/build/main.go:5 +0x1\n", "panic: first", "main.go:5"},
		{"a deadlock", "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/build/main.go:7 +0x2b\n", "fatal error: all goroutines are asleep - deadlock!", "main.go:7"},
		{"the last one counts", "panic: printed\npanic: real\n\ngoroutine 1 [running]:\nmain.f()\n\t/build/main.go:5 +0x1\n", "panic: real", "main.go:5"},
		{"what cannot be printed is left out", "panic: a\x1b[31m\xffb\n", "panic: a[31mb", ""},
		{"not at the beginning of a line", "no panic: here\n", "", ""},
		{"nothing", "", "", ""},
	} {
		if words, place := Panic(tt.stderr); words != tt.words || place != tt.place {
			t.Errorf("%s: %q at %q, want %q at %q", tt.name, words, place, tt.words, tt.place)
		}
	}
	if words, _ := Panic("panic: " + strings.Repeat("ы", 1000)); len([]rune(words)) != maxPanic+len("panic: ") {
		t.Errorf("long words are %d runes, want %d", len([]rune(words)), maxPanic)
	}
}

// TestEnding: the end of what a program prints is there whole, and no more than is needed.
func TestEnding(t *testing.T) {
	var e ending
	for range 1000 {
		e.read([]byte(strings.Repeat("x", 999) + "\n"))
	}
	e.read([]byte("panic: here\n"))
	if len(e) < keepEnd || len(e) > 3*keepEnd || !strings.HasSuffix(string(e), "x\npanic: here\n") {
		t.Errorf("%d bytes are kept", len(e))
	}
}
