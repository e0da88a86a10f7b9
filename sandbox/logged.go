package sandbox

import (
	"bytes"
	"log/slog"
	"sync"
)

// maxLine bounds a line of a host's stderr, in bytes.
const maxLine = 4 << 10

// lines logs what a host prints, line by line, and remembers the last. Only our
// own code prints there: programs have pipes of their own.
type lines struct {
	log *slog.Logger

	mu   sync.Mutex
	part []byte
	line string
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(b)
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		l.part = append(l.part, b[:i]...)
		l.line = string(l.part[:min(len(l.part), maxLine)])
		l.log.Warn("lab host", "stderr", l.line)
		l.part, b = l.part[:0], b[i+1:]
	}
	if room := maxLine - len(l.part); room > 0 {
		l.part = append(l.part, b[:min(len(b), room)]...)
	}
	return n, nil
}

func (l *lines) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line
}
