// Package brokers is what every miniature broker shares: the journal that
// records what happened, the sequencer that decides in which order, the clock,
// the quotas, and the picture that a page draws.
//
// Read it in this order:
//
//	event.go      the vocabulary: one Event for every broker and service
//	frame.go      what was on the wire when an event happened, decoded on demand
//	journal.go    the bounded list of events that checks and pages read
//	clock.go      real time with skips, and virtual time for simulations
//	alarms.go     calls of a clock that end with whoever has set them
//	sequencer.go  one order for all state changes; faults that cut exactly there
//	disturb.go    faults inside a cluster, which cut nobody
//	conn.go       tracked connections: what has been sent and not yet handled
//	http.go       HTTP/1.1 for services, one goroutine for each connection
//	httpframe.go  a request as it was on the wire, field by field
//	quota.go      what a lab may hold, and the error past it;  pattern.go: patterns that clients choose, bounded
//	state.go      places, tokens and flows: a broker as a picture
//	broker.go     what a miniature offers to the lab host
//	tool.go       a command that comes with a broker, for a console to run
//
// The miniatures themselves are the folders below, one for each broker. This
// package knows none of them.
package brokers
