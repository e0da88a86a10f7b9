//go:build !unix

package main

// readInBackground does nothing where a terminal stops nobody.
func readInBackground() {}
