package host

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	// keepEnd is how much is kept of the end of stderr, in bytes: a panic prints one
	// goroutine.
	keepEnd = 64 << 10
	// maxPanic bounds what is told of a panic, in runes.
	maxPanic = 160
)

// panicHead begins what the Go runtime says when it ends a program.
var panicHead = regexp.MustCompile(`(?m)^(panic: |fatal error: )(.*)$`)

// recovered is what the runtime adds to the words of a panic that was caught and raised again.
var recovered = regexp.MustCompile(`( \[[a-z, ]+\])+$`)

// Panic finds in the end of a program's stderr the words with which the Go runtime ended
// it, such as "panic: assignment to entry in nil map" or "fatal error: all goroutines are
// asleep - deadlock!", and where the student's code was, such as "main.go:31". Both are ""
// when there are none. They are for display only: a program can print them itself.
func Panic(stderr string) (words, place string) {
	all := panicHead.FindAllStringSubmatchIndex(stderr, -1)
	if len(all) == 0 {
		return "", ""
	}
	m := all[len(all)-1]
	text := recovered.ReplaceAllString(strings.TrimSpace(stderr[m[4]:m[5]]), "")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if runes := []rune(text); len(runes) > maxPanic {
		text = string(runes[:maxPanic-1]) + "…"
	}
	for _, f := range frames(strings.Split(stderr[m[1]:], "\n")) {
		if strings.HasPrefix(f.function, "main.") {
			place = f.place
			break
		}
	}
	return stderr[m[2]:m[3]] + text, place
}

// ending keeps the end of what a program prints.
type ending []byte

func (e *ending) read(b []byte) {
	*e = append(*e, b[max(0, len(b)-keepEnd):]...)
	if over := len(*e) - keepEnd; over > keepEnd { // moved seldom, and not for every line
		*e = append((*e)[:0], (*e)[over:]...)
	}
}
