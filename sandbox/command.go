package sandbox

// Command is the path of the lab command. A program of a lab host that is one of its
// roles, such as a console, is started from it.
func (s *Sandbox) Command() string { return s.lab }
