package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/brokerlab/brokerlab/sandbox/jail"
)

// A Level says how well student code is kept in.
type Level = jail.Level

// The levels, best first.
const (
	LevelA = jail.LevelA // namespaces, seccomp, Landlock, rlimits
	LevelB = jail.LevelB // no user namespaces: the computer's own loopback
	LevelC = jail.LevelC // a plain child with wall and output limits
)

// levelEnv asks for a level when Options do not.
const levelEnv = "BROKERLAB_LEVEL"

// findLevel starts a host at the level asked for, or at the best that works, and
// gives it. Falling back is logged: it is never silent.
func (s *Sandbox) findLevel() (*Host, error) {
	want := s.opt.Level
	if want == 0 {
		var err error
		if want, err = jail.ParseLevel(os.Getenv(levelEnv)); err != nil {
			return nil, fmt.Errorf("%s: %w", levelEnv, err)
		}
	}
	try := []Level{want}
	if want == 0 {
		try = levelsHere()
	}
	var failed error
	for _, level := range try {
		s.level = level
		h, err := s.startAt(level)
		if err == nil {
			return h, nil
		}
		err = fmt.Errorf("isolation level %v does not work here: %w", level, err)
		s.opt.Log.Warn("sandbox", "err", err)
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

// startAt starts a host at a level that this machine can hold.
func (s *Sandbox) startAt(level Level) (*Host, error) {
	if level == LevelB && !jail.HasLandlock() {
		return nil, errNoLandlock
	}
	if level == LevelB && !knowsLocalhost("/etc/hosts") {
		return nil, errNoLocalhost
	}
	return s.start(context.Background())
}

// errNoLandlock says why there is no level B, and how to go on all the same.
var errNoLandlock = errors.New("the kernel has no Landlock, so programs could read files; " +
	levelEnv + "=C runs them as plain processes")

// errNoLocalhost says why a program would not find its broker. At level A it has a file
// of its own for that.
var errNoLocalhost = errors.New("programs would not find localhost; add the line \"127.0.0.1 localhost\" to /etc/hosts")

// knowsLocalhost reports whether a file of host names gives localhost the IPv4 address
// at which the labs listen.
func knowsLocalhost(file string) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		names := strings.Fields(line)
		if len(names) > 1 && names[0] == "127.0.0.1" && slices.Contains(names[1:], "localhost") {
			return true
		}
	}
	return false
}

// levelsHere are the levels that this system may have. Linux does not fall back
// to level C: it has seccomp wherever brokerlab runs, or something is wrong.
func levelsHere() []Level {
	if runtime.GOOS == "linux" {
		return []Level{LevelA, LevelB}
	}
	return []Level{LevelC}
}
