package labs

import "slices"

// Terminals reports whether the lab has terminals: in place of a program, or beside it.
func (l *Lab) Terminals() bool { return slices.Contains(l.Steps, "console") }

// Console reports whether the lab is worked at a terminal: what is submitted is the lines
// that were typed, session.txt. Beside a program or files that are applied terminals are
// for looking, and those are submitted.
func (l *Lab) Console() bool {
	return l.Terminals() && !slices.Contains(l.Steps, "code") && !slices.Contains(l.Steps, "config")
}
