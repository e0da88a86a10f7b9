//go:build !linux

package enter

// Enter does nothing here: level C gives nothing up.
func Enter() error { return nil }
