package brokers

import (
	"errors"
	"regexp/syntax"
	"strings"
	"testing"
)

func TestCompilePattern(t *testing.T) {
	for _, tt := range []struct {
		rule, pattern string
		want          bool
	}{
		{"a name", "^orders$", true},
		{"nothing", "", true},
		{"a thousand letters", strings.Repeat("x", 1000), true},
		{"letters without end", strings.Repeat("x", maxProgram+1), false},
		{"a name of up to 255 letters", "^[a-z.]{1,255}$", true},
		{"a thousand times", "x{1000}", true},
		{"a thousand times or more", "x{999,}", true},
		{"at most a thousand times", "(?:xyz){0,1000}", false},
		{"again and again", strings.Repeat("x{1000}", 3), false},
		{"alternatives", "a{500}|b{500}|c{500}|d{500}|e{500}", false},
		{"some classes of many letters", `^\pL+\.\pN+$`, true},
		{"many of these", strings.Repeat(`\pL`, 300), false},
	} {
		re, err := CompilePattern(tt.pattern)
		if (err == nil) != tt.want || (re != nil) != tt.want {
			t.Errorf("%s: %v, compiled %v, want %v", tt.rule, err, re != nil, tt.want)
		}
	}
	var wrong *syntax.Error
	if _, err := CompilePattern("("); !errors.As(err, &wrong) || wrong.Code != syntax.ErrMissingParen {
		t.Errorf("half a pattern: %v, want the parser's own error", err)
	}
}
