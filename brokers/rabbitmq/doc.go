// Package rabbitmq is a miniature RabbitMQ. It speaks AMQP 0-9-1 to real clients
// and keeps everything in memory.
//
// Read it in this order:
//
//	broker.go     New, Serve, Close, and what the lab host asks
//	model/        queues, exchanges, consumers, acknowledgements: no sockets, no bytes
//	wire/         frames, methods and fields as bytes; knows nothing of queues
//	conn.go       one connection: its goroutine, from the first byte to the last
//	handshake.go  who is there, and which limits hold
//	content.go    a message arrives as method, header and body frames
//	channel.go    the table of methods, and each as calls on the model
//	refuse.go     errors: which end the channel and which the connection
//	alarm.go      asking publishers to pause
//	outbox.go     bytes on their way to a client, bounded
//	frames.go     what was on the wire, for the journal
//	heartbeat.go  noticing that the other end is gone
//	management.go the requests of the management plugin: the table, and who may make them
//	              (management_list.go: what there is; management_change.go: what is
//	              changed; management_messages.go: messages, published and taken;
//	              management_access.go: virtual hosts, users, permissions;
//	              management_health.go: whether the broker is well;
//	              management_policies.go: what is set for many things at once;
//	              management_definitions.go: all of it, there and back; management_query.go:
//	              columns, order, pages)
//	apply.go      the state that a lab starts with
//
// It begins with the virtual host "/" and the user guest with password guest; a lab
// adds others by actions. Names in virtual hosts other than "/" are "vhost:name" in
// the journal's places and in pictures.
//
// Not there yet: quorum queues and streams; operator policies (501) and parameters of
// plugins such as shovel and federation (400, as without the plugin); topic permissions; channel.flow with
// active=false, basic.recover with requeue=false, prefetch sizes and immediate,
// which RabbitMQ lacks as well. A client that asks for one of them gets
// NOT_IMPLEMENTED (540). Left out on purpose: clustering, TLS, and messages on disk,
// so that durable and persistent are remembered and change nothing.
//
// Where RabbitMQ 3.10 and 4.x differ in what is here, a client sees 3.10, which the
// differential tests run against, with these exceptions and notes:
//
//   - 4.3 refuses queues that are neither durable nor exclusive unless configured
//     otherwise; here, as in 3.10, they are allowed.
//   - 4.x calls prefetch for a whole channel (basic.qos with global) deprecated; it
//     works in both, and here.
//   - 3.13 and later add x-last-death-* headers to x-first-death-*; they are not added.
//   - 4.x says in a refusal which permission is missing ("configure access to …").
//   - A message of a transaction is routed at the commit; RabbitMQ routes it when it is
//     published, so bindings that change in between make a difference.
//   - 4.x ignores x-queue-mode and x-queue-version=1; both are accepted and change
//     nothing here.
//   - 4.x limits messages to 16 MiB and 3.10 to 128 MiB; here the lab's quota does.
package rabbitmq
