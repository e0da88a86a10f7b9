//go:build !unix

package main

// lockFolder does nothing where there is no flock; the store itself can be shared.
func lockFolder(string) (release func(), err error) { return func() {}, nil }
