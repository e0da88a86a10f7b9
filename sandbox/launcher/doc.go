// Package launcher is the small process beside each lab host. It is the first
// process of the host's namespaces, starts the host, and then starts programs for
// it: the host itself is locked down, and what is locked down cannot set up a
// child. It reads only what the host sends, never a byte of a program's.
//
//	launcher_linux.go  Main, and the requests of the host
//	spec.go            what a program is started with, and how it ended
//	wire_linux.go      the messages between the two
//	client_linux.go    the host's end: Start, Signal, and the news of an exit
//
// Level C has no launcher: there the host starts programs itself.
package launcher
