// Package cli is the commands that come with Kafka, as people type them:
// kafka-topics and the others of Kafka's bin folder, and kcat. Flags, layout and words
// are those of Kafka 4; the code is our own, and speaks the real protocol with
// franz-go, so that a command does the same to a real cluster.
//
//	tool.go      Tools, what they have in common, completion
//	options.go   flags and usage, as Kafka's option parser reads and prints them
//	topics.go    kafka-topics
//	produce.go   kafka-console-producer
//	consume.go   kafka-console-consumer; format.go: how it prints a record
//	groups.go    kafka-consumer-groups; reset.go: its --reset-offsets; group.go: a group of
//	             either protocol
//	configs.go   kafka-configs
//	offsets.go   kafka-get-offsets
//	kcat.go      kcat
package cli
