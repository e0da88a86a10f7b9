// Package console is the terminal of a lab: a small shell of our own, in which the
// tools of a broker run as functions. It is a program of the lab host, locked down
// like a student's: no files, no processes, no network but the lab's.
//
//	parse.go     the shell's language: words, quotes, pipes, here-documents
//	shell.go     statements that are run
//	pipe.go      what is between two commands
//	builtin.go   help, echo, cat, sleep
//	pane.go      one terminal: lines that are typed, what they do
//	complete.go  what the Tab key offers
//	outbox.go    what terminals say, joined and bounded
//	main.go      Main: the role of the lab command, and its script mode for grading
//	talk_*.go    how the host reaches it
package console
