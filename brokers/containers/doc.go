// Package containers starts real brokers in containers, so that a lab can be run
// and graded against the thing itself.
//
// Read it in this order:
//
//	images.go  which image stands for which broker, and how a site changes that
//	start.go   Start: one container, with labels and limits, and its Close
//	pull.go    downloading an image, where somebody asked for that
//	ready.go   waiting until the broker speaks its protocol
//	vhost.go   a fresh virtual host for each run
//	reap.go    containers whose server is gone;  process.go: whether it is
//	errors.go  what can go wrong, said so that it can be put right
//
// Only the server's side of the grader uses it: it starts a container, dials it,
// and hands connected sockets to the lab host, which has no network of its own.
// Ports are published on loopback only. Nothing is pulled unasked: an image that is
// not there is an error that names it, since a pull takes minutes and a network.
package containers
