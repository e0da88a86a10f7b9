// Package connect is a miniature Kafka Connect: one worker that copies tables of a
// database into topics and topics into a search index, as JSON descriptions say.
//
// Read it in this order:
//
//	worker.go      New, Start, Kill; steps that the clock calls for
//	rest.go        the REST interface: one row for each request
//	answers.go     its answers, as JSON
//	connector.go   a connector and its tasks: running, paused, stopped, failed
//	plugins.go     the kinds of connector, and what may stand in a configuration
//	validate.go    what is wrong with one
//	source.go      a table, polled: incrementing, timestamp, both, bulk
//	sink.go        a member of a group that writes documents
//	errors.go      records that cannot be handled: tolerated, kept, or the end of the task
//	offsets.go     how far sources have read, in the topic connect-offsets
//	kept.go        configurations in connect-configs, and states in connect-status
//	transforms.go  single message transforms and their predicates
//	record.go      a record between source and sink;  convert.go: its bytes
//	cluster.go     Kafka, as the worker uses it
//
// The worker is a client of Kafka in the same process: it asks the cluster's model what a
// client would ask over a socket, with the same answers and the same journal, and takes
// each step inside the sequencer. So a fault can fall between any two of its steps, and
// with a virtual clock a run of a minute takes a millisecond.
//
// Where it differs from Kafka Connect, for the sake of a course:
//
//   - One worker. Its topics have one partition each, and are made when the first record
//     is written. They have no records of topics, of restarts and of session keys.
//   - offset.flush.interval.ms is 5 000, not 60 000, and the converters of the worker are
//     JsonConverter without schemas.
//   - A database and an index are named by connection.url, and only those of the lab are
//     there. poll.interval.ms is at least 10.
//
// Not there: exactly-once sources, plugins of one's own, offsets of connectors over REST,
// secrets from files, loggers. A request for one of them is answered with 404 or 405.
package connect
