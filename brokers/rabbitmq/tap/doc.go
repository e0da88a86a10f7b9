// Package tap stands between a lab and a real RabbitMQ. To clients it is the
// broker on the lab's standard port; each connection is relayed, bytes as they
// are, to a connection of its own with the real one, and what passes is written
// into the journal in the words that the miniature uses.
//
// Read it in this order:
//
//	tap.go      New, Serve, Close, and what the lab host asks
//	relay.go    one client: two goroutines, and how it ends
//	client.go   frames from the client: what is asked for
//	server.go   frames from the broker: what is answered, and deliveries
//	frames.go   what was on the wire, for the journal
//	content.go  a message as it passes by, and how it is known again
//	book.go     what is known of queues and consumers
//	messages.go what is known of messages, and where they are
//	settle.go   what becomes of deliveries
//	firehose.go where the broker says that messages went
//	deaths.go   what their headers say of dead letters
//	picture.go  the same as a State
//	probe.go    dead letters, looked for as any client could
//	count.go    how much is in queues that messages reach or leave unseen
//	apply.go    the state that a lab starts with
//	outbox.go   bytes on their way, bounded
//
// Nothing is invented. That a message was routed or dead-lettered happens inside the
// broker, and is recorded when the broker has told: over its firehose, by giving the
// message out, in the header that it writes into dead letters, or when Probe finds them
// where they lie. That one has expired, or was dropped for want of room, is known only
// if it turns up as a dead letter. What follows for certain from what passes is recorded
// too: a publish through the default exchange counts as waiting in the queue of that
// name, and what a channel held when it was closed counts as requeued.
//
// The relay changes three things. The virtual host of connection.open becomes the
// one that this lab has in the broker; its name is changed back in the texts of
// errors; and when a client is gone, its channels are closed one by one, so that
// the broker has handled everything that it had sent.
//
// What the tap cannot follow (a frame that is not AMQP, transactions) is relayed
// all the same. Such a connection is recorded as Untapped and no more of it is.
package tap
