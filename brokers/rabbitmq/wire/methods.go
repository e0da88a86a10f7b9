package wire

import (
	"encoding/binary"
	"fmt"
)

// A Method is one method of the protocol with its fields. The types of this
// package, as pointers, are the Methods.
type Method interface {
	// ID returns the class and the method's number in it.
	ID() ID
	// fields moves every field through the codec, in the protocol's order.
	fields(c *codec)
}

// An ID is a class and a method of it, as the protocol numbers them.
type ID struct{ Class, Method uint16 }

// Classes.
const (
	ClassConnection = 10
	ClassChannel    = 20
	ClassAccess     = 30
	ClassExchange   = 40
	ClassQueue      = 50
	ClassBasic      = 60
	ClassConfirm    = 85
	ClassTx         = 90
)

// String returns the method's name, such as "basic.publish".
func (id ID) String() string {
	if m, ok := methods[id]; ok {
		return m.name
	}
	return fmt.Sprintf("method %d of class %d", id.Method, id.Class)
}

// methods is every method that we know, by its number.
var methods = map[ID]struct {
	name string
	new  func() Method
}{
	{10, 10}:  {"connection.start", func() Method { return new(ConnectionStart) }},
	{10, 11}:  {"connection.start_ok", func() Method { return new(ConnectionStartOk) }},
	{10, 20}:  {"connection.secure", func() Method { return new(ConnectionSecure) }},
	{10, 21}:  {"connection.secure_ok", func() Method { return new(ConnectionSecureOk) }},
	{10, 30}:  {"connection.tune", func() Method { return new(ConnectionTune) }},
	{10, 31}:  {"connection.tune_ok", func() Method { return new(ConnectionTuneOk) }},
	{10, 40}:  {"connection.open", func() Method { return new(ConnectionOpen) }},
	{10, 41}:  {"connection.open_ok", func() Method { return new(ConnectionOpenOk) }},
	{10, 50}:  {"connection.close", func() Method { return new(ConnectionClose) }},
	{10, 51}:  {"connection.close_ok", func() Method { return new(ConnectionCloseOk) }},
	{10, 60}:  {"connection.blocked", func() Method { return new(ConnectionBlocked) }},
	{10, 61}:  {"connection.unblocked", func() Method { return new(ConnectionUnblocked) }},
	{10, 70}:  {"connection.update_secret", func() Method { return new(ConnectionUpdateSecret) }},
	{10, 71}:  {"connection.update_secret_ok", func() Method { return new(ConnectionUpdateSecretOk) }},
	{20, 10}:  {"channel.open", func() Method { return new(ChannelOpen) }},
	{20, 11}:  {"channel.open_ok", func() Method { return new(ChannelOpenOk) }},
	{20, 20}:  {"channel.flow", func() Method { return new(ChannelFlow) }},
	{20, 21}:  {"channel.flow_ok", func() Method { return new(ChannelFlowOk) }},
	{20, 40}:  {"channel.close", func() Method { return new(ChannelClose) }},
	{20, 41}:  {"channel.close_ok", func() Method { return new(ChannelCloseOk) }},
	{30, 10}:  {"access.request", func() Method { return new(AccessRequest) }},
	{30, 11}:  {"access.request_ok", func() Method { return new(AccessRequestOk) }},
	{40, 10}:  {"exchange.declare", func() Method { return new(ExchangeDeclare) }},
	{40, 11}:  {"exchange.declare_ok", func() Method { return new(ExchangeDeclareOk) }},
	{40, 20}:  {"exchange.delete", func() Method { return new(ExchangeDelete) }},
	{40, 21}:  {"exchange.delete_ok", func() Method { return new(ExchangeDeleteOk) }},
	{40, 30}:  {"exchange.bind", func() Method { return new(ExchangeBind) }},
	{40, 31}:  {"exchange.bind_ok", func() Method { return new(ExchangeBindOk) }},
	{40, 40}:  {"exchange.unbind", func() Method { return new(ExchangeUnbind) }},
	{40, 51}:  {"exchange.unbind_ok", func() Method { return new(ExchangeUnbindOk) }},
	{50, 10}:  {"queue.declare", func() Method { return new(QueueDeclare) }},
	{50, 11}:  {"queue.declare_ok", func() Method { return new(QueueDeclareOk) }},
	{50, 20}:  {"queue.bind", func() Method { return new(QueueBind) }},
	{50, 21}:  {"queue.bind_ok", func() Method { return new(QueueBindOk) }},
	{50, 30}:  {"queue.purge", func() Method { return new(QueuePurge) }},
	{50, 31}:  {"queue.purge_ok", func() Method { return new(QueuePurgeOk) }},
	{50, 40}:  {"queue.delete", func() Method { return new(QueueDelete) }},
	{50, 41}:  {"queue.delete_ok", func() Method { return new(QueueDeleteOk) }},
	{50, 50}:  {"queue.unbind", func() Method { return new(QueueUnbind) }},
	{50, 51}:  {"queue.unbind_ok", func() Method { return new(QueueUnbindOk) }},
	{60, 10}:  {"basic.qos", func() Method { return new(BasicQos) }},
	{60, 11}:  {"basic.qos_ok", func() Method { return new(BasicQosOk) }},
	{60, 20}:  {"basic.consume", func() Method { return new(BasicConsume) }},
	{60, 21}:  {"basic.consume_ok", func() Method { return new(BasicConsumeOk) }},
	{60, 30}:  {"basic.cancel", func() Method { return new(BasicCancel) }},
	{60, 31}:  {"basic.cancel_ok", func() Method { return new(BasicCancelOk) }},
	{60, 40}:  {"basic.publish", func() Method { return new(BasicPublish) }},
	{60, 50}:  {"basic.return", func() Method { return new(BasicReturn) }},
	{60, 60}:  {"basic.deliver", func() Method { return new(BasicDeliver) }},
	{60, 70}:  {"basic.get", func() Method { return new(BasicGet) }},
	{60, 71}:  {"basic.get_ok", func() Method { return new(BasicGetOk) }},
	{60, 72}:  {"basic.get_empty", func() Method { return new(BasicGetEmpty) }},
	{60, 80}:  {"basic.ack", func() Method { return new(BasicAck) }},
	{60, 90}:  {"basic.reject", func() Method { return new(BasicReject) }},
	{60, 100}: {"basic.recover_async", func() Method { return new(BasicRecoverAsync) }},
	{60, 110}: {"basic.recover", func() Method { return new(BasicRecover) }},
	{60, 111}: {"basic.recover_ok", func() Method { return new(BasicRecoverOk) }},
	{60, 120}: {"basic.nack", func() Method { return new(BasicNack) }},
	{85, 10}:  {"confirm.select", func() Method { return new(ConfirmSelect) }},
	{85, 11}:  {"confirm.select_ok", func() Method { return new(ConfirmSelectOk) }},
	{90, 10}:  {"tx.select", func() Method { return new(TxSelect) }},
	{90, 11}:  {"tx.select_ok", func() Method { return new(TxSelectOk) }},
	{90, 20}:  {"tx.commit", func() Method { return new(TxCommit) }},
	{90, 21}:  {"tx.commit_ok", func() Method { return new(TxCommitOk) }},
	{90, 30}:  {"tx.rollback", func() Method { return new(TxRollback) }},
	{90, 31}:  {"tx.rollback_ok", func() Method { return new(TxRollbackOk) }},
}

// New returns the method with that number, its fields unset, or nil.
func New(id ID) Method {
	if m, ok := methods[id]; ok {
		return m.new()
	}
	return nil
}

// An UnknownMethodError is a method frame with a number that nobody has given
// out. It is ErrMalformed too.
type UnknownMethodError struct{ ID ID }

func (e *UnknownMethodError) Error() string {
	return fmt.Sprintf("unknown method {%d,%d}", e.ID.Class, e.ID.Method)
}

// Unwrap makes the error one of ErrMalformed.
func (e *UnknownMethodError) Unwrap() error { return ErrMalformed }

// PeekID returns the method that the payload of a method frame is about. A
// payload of fewer than four bytes gives the zero ID.
func PeekID(payload []byte) ID {
	if len(payload) < 4 {
		return ID{}
	}
	return ID{binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])}
}

// DecodeMethod reads the payload of a method frame. Errors: ErrMalformed, as
// *UnknownMethodError when only the number is wrong.
func DecodeMethod(payload []byte) (Method, error) {
	if len(payload) < 4 {
		return nil, fmt.Errorf("%w: method frame of %d bytes, want at least 4", ErrMalformed, len(payload))
	}
	id := PeekID(payload)
	known, ok := methods[id]
	if !ok {
		return nil, &UnknownMethodError{id}
	}
	m := known.new()
	c := codec{buf: payload[4:]}
	m.fields(&c)
	if err := c.finish(); err != nil {
		return nil, fmt.Errorf("%s: %w", known.name, err)
	}
	return m, nil
}

// AppendMethod appends a method frame to dst.
func AppendMethod(dst []byte, channel uint16, m Method) []byte {
	start := len(dst)
	id := m.ID()
	dst = appendFrameHead(dst, FrameMethod, channel, 0)
	dst = binary.BigEndian.AppendUint16(dst, id.Class)
	dst = binary.BigEndian.AppendUint16(dst, id.Method)
	c := codec{buf: dst, writing: true}
	m.fields(&c)
	return closeFrame(c.buf, start)
}
