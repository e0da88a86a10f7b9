package brokers

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// maxProgram bounds a regular expression that a client has chosen, in steps of what it is
// compiled to. Each takes some fifty bytes, and x{1000} takes a thousand steps: without a
// bound a thousand bytes become six megabytes.
const maxProgram = 2000

// CompilePattern compiles a regular expression that comes from a client and is kept. The
// error is that of regexp, or says that the pattern repeats too much.
func CompilePattern(pattern string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if n := stepsOf(parsed); n > maxProgram {
		return nil, fmt.Errorf("the pattern takes %d steps, want at most %d", n, maxProgram)
	}
	return regexp.Compile(pattern)
}

// stepsOf is about how many steps an expression takes. The parser lets nothing repeat more
// than a thousand times, also in repetitions of repetitions, so that the sum stays small.
func stepsOf(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	} else {
		n += len(re.Rune) / 10 // ranges of a class of characters, of which each has its own
	}
	for _, sub := range re.Sub {
		n += stepsOf(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
