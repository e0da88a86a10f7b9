package inhost

import (
	"strings"
	"sync"
	"unicode"
)

// maxTail is how much of what a program prints is kept, in bytes.
const maxTail = 4 << 10

// A tail keeps the end of what a program has printed.
type tail struct {
	mu    sync.Mutex
	bytes []byte
}

func (t *tail) add(_ string, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes = append(t.bytes, b[max(0, len(b)-maxTail):]...)
	t.bytes = t.bytes[max(0, len(t.bytes)-maxTail):]
}

// text is what was kept as text that can be shown: UTF-8, and of the control
// characters only ends of lines and tabs.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(t.bytes), ""))
}
