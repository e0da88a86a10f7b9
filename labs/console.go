package labs

import "slices"

// Console reports whether the lab is worked at a terminal: what is submitted is the lines
// that were typed, session.txt, and no program.
func (l *Lab) Console() bool {
	return slices.Contains(l.Steps, "console") && !slices.Contains(l.Steps, "code")
}
