package jail

import (
	"fmt"
	"strings"
)

// A Level says how well student code is kept in.
type Level int

// The levels, best first. The zero Level means "the best that works here".
const (
	LevelA Level = iota + 1 // namespaces, seccomp, Landlock, rlimits
	LevelB                  // no user namespaces: seccomp, Landlock, rlimits on the real loopback
	LevelC                  // macOS and Windows: a plain child with wall and output limits
)

// String gives the letter of a level, "" for the zero Level.
func (l Level) String() string {
	if l < LevelA || l > LevelC {
		return ""
	}
	return string("ABC"[l-1])
}

// ParseLevel reads a level's letter; the empty string is the zero Level.
func ParseLevel(s string) (Level, error) {
	if s == "" {
		return 0, nil
	}
	if i := strings.Index("ABC", strings.ToUpper(s)); i >= 0 && len(s) == 1 {
		return Level(i + 1), nil
	}
	return 0, fmt.Errorf("isolation level %q: want A, B or C", s)
}
