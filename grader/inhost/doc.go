// Package inhost is what the grader runs inside a lab host: the miniatures, the
// services, the runs under faults, and the judging of their journals.
//
// Read it in this order:
//
//	handler.go   New: the requests a host answers
//	registry.go  which miniatures and services there are, and which real brokers
//	dial.go      connections to real brokers, asked of the server
//	world.go     one lab's brokers and services on one journal and one sequencer
//	ledger.go    the service that charges
//	outbox.go    the service that has orders to publish
//	db.go        a database;  dbhttp.go: its requests;  search.go: a search index;  holdings.go: their rows as they are drawn
//	connect.go   a worker of Kafka Connect
//	config.go    runs of files in place of programs;  connect_apply.go, bindings.go: what they are applied to
//	graded.go    one run under one fault, and its outcome;  tail.go: the end of what it printed;
//	             frames.go: which bytes of the wire are kept
//	ending.go    when a run is over;  skip.go: when its clock moves on;  refusals.go: when it can only hear the same again
//	disturb.go   faults inside a cluster
//	probing.go   what the host itself publishes when a run is over;  attempts.go: what it tries as a user
//	live.go      the session that a student watches;  console.go: its terminals
//	play.go      a scene of a lesson, played on the model;  play_rabbitmq.go, play_consumer.go: its actors;
//	             play_kafka.go, play_kafka_consumer.go, play_kafka_work.go: those of Kafka
//	lines.go     which line of the source caused an event; for display only
//	machine.go   what all this needs of the sandbox;  onhost.go: given by a lab host
//
// The host handles untrusted bytes with trusted code: a quota bounds what a
// program can make it hold, and a run has a limit for everything.
package inhost
