// Package model is Kafka without the network: what a log, a replica, a producer's
// sequence, a consumer group and a transaction are, in plain Go. It has no goroutines and
// no locks: whoever uses it calls one method at a time. Time comes from a Clock, and
// every change is appended to the Journal. What has to wait, such as a Fetch when there
// is nothing to read, is answered in a later step through the function it came with.
//
// Read it in this order:
//
//	log.go         offsets, and the batches at them
//	batch.go       what the model keeps of a record batch
//	partition.go   a log on several nodes; appending, and when the producer is told
//	replicate.go   followers copy; replicas in sync; the high watermark
//	election.go    who leads when nodes come and go, and what is lost then
//	producer.go    batches that were sent again, or out of order
//	fetch.go       reading, and waiting for something to read
//	retention.go   what is deleted with time, and compaction
//	group.go       consumer groups: members and their sessions
//	rebalance.go   the classic protocol; the join round: who is there
//	member.go      the sync round: who reads what; heartbeats, leaving
//	epoch.go       the consumer protocol: heartbeats in place of rounds
//	reconcile.go   revoke first, assign then
//	assignor.go    who is to read what
//	offsets.go     where a group goes on
//	transaction.go all or nothing, across partitions and groups
//	topic.go       topics: names, partitions and where their replicas are
//	config.go      the settings of topics
//	admin.go       offsets by time, leaders and replicas by hand
//	cluster.go     nodes, and the cluster that holds it all
//	idle.go        what a run waits for, and what a fault takes from clients
//	errors.go      the error codes
//	picture.go     the whole as a picture for the page
//
// From package wire the model takes record batches, which it keeps as bytes.
package model
