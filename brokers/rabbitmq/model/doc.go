// Package model is RabbitMQ without the network: what a queue, a binding, a
// consumer and an acknowledgement are, in plain Go. It has no goroutines and no
// locks: whoever uses it calls one method at a time. Time comes from a Clock, and
// every change is appended to the Journal.
//
// Read it in this order:
//
//	message.go     a message, and its place in a queue
//	queue.go       what is ready, in which order, and how a message comes back
//	exchange.go    what a binding is; direct and fanout exchanges
//	topic.go       topic exchanges: patterns of words
//	headers.go     headers exchanges
//	route.go       the way of a message through exchanges into queues
//	publish.go     a message on its way from a publisher into queues
//	consumer.go    who gets the next message: fairness and prefetch
//	reply.go       direct reply-to: answers without a queue
//	unacked.go     what a channel has been given and not settled
//	settle.go      ack, nack, reject, recover; what happens to the message then
//	transaction.go publishing and settling all at once, or not at all
//	deadletter.go  where a refused message goes, and the history it carries
//	declare.go     declaring and deleting queues, and when that is refused
//	bind.go        the same for exchanges and bindings
//	rules.go       what the arguments of a queue ask for
//	policies.go    what an administrator asks for, of many queues and exchanges at once
//	caps.go        how many queues, connections and channels there may be
//	limits.go      time to live, length limits, queues that nobody uses
//	arguments.go   the words for arguments that are wrong
//	channel.go     connections and channels: who holds what, and what ends with them
//	node.go        users, permissions and virtual hosts
//	admin.go       what an administrator sees and does
//	vhost.go       the virtual host that holds it all
//	errors.go      the reply codes and what they end
//	picture.go     the whole as a picture for the page
//
// From package wire the model takes two types of plain data: field tables and
// message properties.
package model
