//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// readInBackground lets a program that reads its terminal go on in the background: its
// reads fail with EIO there, where they would stop it.
func readInBackground() { signal.Ignore(syscall.SIGTTIN) }
