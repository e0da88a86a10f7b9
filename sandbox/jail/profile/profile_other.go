//go:build !linux

// Package profile builds the seccomp filters of host and program; this system has none.
package profile

import "errors"

var errNone = errors.New("seccomp: this system has none")

// Program is refused here.
func Program(uint32) ([]byte, error) { return nil, errNone }

// Host is refused here.
func Host() ([]byte, error) { return nil, errNone }
