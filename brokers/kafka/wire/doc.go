// Package wire is Kafka as bytes: frames, headers, record batches. It knows nothing
// of topics, groups or nodes.
//
// Read it in this order:
//
//	frame.go    a request on the connection, and the header before each request and answer
//	batch.go    a record batch, which is kept and handed on as its producer sent it
//	record.go   the records in a batch, and how to make a batch of records
//	member.go   what consumers tell each other through the group's coordinator
//	compress.go the four compressions, each with a bound on what comes out
//	produce.go  the Produce request, which is read without copying what it brings
//	layout.go   where the counts are in requests with tagged fields, so that none lies
//	fetch.go    the answer to Fetch, which is written without copying what it carries
//	explain.go  what each byte of a request is, for those who look; explain_bodies.go, explain_batch.go
//
// All other requests and answers are those of package kmsg. Requests are bounded by
// their frames: see MaxAsk.
package wire
