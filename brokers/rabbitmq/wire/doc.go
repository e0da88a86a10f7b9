// Package wire turns AMQP 0-9-1 into Go values and back. It knows frames, methods,
// field tables and message properties; it knows nothing of queues, and it uses
// the standard library only.
//
// Read it in this order:
//
//	frame.go       the envelope of everything: type, channel, size, payload, end mark
//	codec.go       one description of a field both reads and writes it
//	table.go       field tables with RabbitMQ's type letters
//	methods.go     the table of methods: what each is called and who may send it
//	connection.go  classes connection and channel, field by field
//	basic.go       class basic, and what a consumer or publisher sends
//	queue.go       classes exchange and queue, confirm and tx
//	content.go     the content header: body size and message properties
//	explain.go     frames piece by piece, for people; layout.go names the pieces
//
// A frame on the wire:
//
//	1 byte   type: 1 method, 2 content header, 3 body, 8 heartbeat
//	2 bytes  channel
//	4 bytes  length of the payload
//	n bytes  payload
//	1 byte   0xCE
//
// Every decoder checks a length against the bytes at hand before it allocates,
// and what it accepts it writes back the same. Bytes that are not AMQP give an
// error that is ErrMalformed.
package wire
