// Package lockdown shuts a student's program in. A generated file of the program
// imports it, and its init enters the jail before package main is initialised.
//
//	lockdown_linux.go  init and At
//	lockdown_other.go  level C on other systems: nothing is given up
//	enter/             the order in which things are given up
//
// It is linked into every program, so it is kept small and quick to start.
package lockdown
