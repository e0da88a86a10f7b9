package wire

// Classes access, exchange, queue, confirm and tx: the furniture of a virtual host.

// AccessRequest asks for a ticket, as clients of AMQP 0-8 do. Later versions have
// permissions in its place, and RabbitMQ gives a ticket to everyone.
type AccessRequest struct {
	Realm                                   string
	Exclusive, Passive, Active, Write, Read bool
}

// ID returns 30, 10.
func (*AccessRequest) ID() ID { return ID{30, 10} }

func (m *AccessRequest) fields(c *codec) {
	c.shortstr(&m.Realm)
	c.bits(&m.Exclusive, &m.Passive, &m.Active, &m.Write, &m.Read)
}

// AccessRequestOk answers AccessRequest. The ticket stands in other methods, where nobody
// looks at it.
type AccessRequestOk struct{ Ticket uint16 }

// ID returns 30, 11.
func (*AccessRequestOk) ID() ID { return ID{30, 11} }

func (m *AccessRequestOk) fields(c *codec) { c.short(&m.Ticket) }

// ExchangeDeclare makes an exchange, or with Passive asks whether it exists.
type ExchangeDeclare struct {
	Ticket                                         uint16
	Exchange, Type                                 string
	Passive, Durable, AutoDelete, Internal, NoWait bool
	Arguments                                      Table
}

// ID returns 40, 10.
func (*ExchangeDeclare) ID() ID { return ID{40, 10} }

func (m *ExchangeDeclare) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.Type)
	c.bits(&m.Passive, &m.Durable, &m.AutoDelete, &m.Internal, &m.NoWait)
	c.table(&m.Arguments)
}

// ExchangeDeclareOk answers ExchangeDeclare.
type ExchangeDeclareOk struct{}

// ID returns 40, 11.
func (*ExchangeDeclareOk) ID() ID { return ID{40, 11} }

func (*ExchangeDeclareOk) fields(*codec) {}

// ExchangeDelete deletes an exchange.
type ExchangeDelete struct {
	Ticket           uint16
	Exchange         string
	IfUnused, NoWait bool
}

// ID returns 40, 20.
func (*ExchangeDelete) ID() ID { return ID{40, 20} }

func (m *ExchangeDelete) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Exchange)
	c.bits(&m.IfUnused, &m.NoWait)
}

// ExchangeDeleteOk answers ExchangeDelete.
type ExchangeDeleteOk struct{}

// ID returns 40, 21.
func (*ExchangeDeleteOk) ID() ID { return ID{40, 21} }

func (*ExchangeDeleteOk) fields(*codec) {}

// ExchangeBind binds one exchange to another.
type ExchangeBind struct {
	Ticket                          uint16
	Destination, Source, RoutingKey string
	NoWait                          bool
	Arguments                       Table
}

// ID returns 40, 30.
func (*ExchangeBind) ID() ID { return ID{40, 30} }

func (m *ExchangeBind) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Destination)
	c.shortstr(&m.Source)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

// ExchangeBindOk answers ExchangeBind.
type ExchangeBindOk struct{}

// ID returns 40, 31.
func (*ExchangeBindOk) ID() ID { return ID{40, 31} }

func (*ExchangeBindOk) fields(*codec) {}

// ExchangeUnbind undoes ExchangeBind.
type ExchangeUnbind struct {
	Ticket                          uint16
	Destination, Source, RoutingKey string
	NoWait                          bool
	Arguments                       Table
}

// ID returns 40, 40.
func (*ExchangeUnbind) ID() ID { return ID{40, 40} }

func (m *ExchangeUnbind) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Destination)
	c.shortstr(&m.Source)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

// ExchangeUnbindOk answers ExchangeUnbind.
type ExchangeUnbindOk struct{}

// ID returns 40, 51.
func (*ExchangeUnbindOk) ID() ID { return ID{40, 51} }

func (*ExchangeUnbindOk) fields(*codec) {}

// QueueDeclare makes a queue, or with Passive asks how long it is.
type QueueDeclare struct {
	Ticket                                          uint16
	Queue                                           string
	Passive, Durable, Exclusive, AutoDelete, NoWait bool
	Arguments                                       Table
}

// ID returns 50, 10.
func (*QueueDeclare) ID() ID { return ID{50, 10} }

func (m *QueueDeclare) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.bits(&m.Passive, &m.Durable, &m.Exclusive, &m.AutoDelete, &m.NoWait)
	c.table(&m.Arguments)
}

// QueueDeclareOk names the queue and counts its ready messages and its consumers.
type QueueDeclareOk struct {
	Queue                       string
	MessageCount, ConsumerCount uint32
}

// ID returns 50, 11.
func (*QueueDeclareOk) ID() ID { return ID{50, 11} }

func (m *QueueDeclareOk) fields(c *codec) {
	c.shortstr(&m.Queue)
	c.long(&m.MessageCount)
	c.long(&m.ConsumerCount)
}

// QueueBind asks an exchange for messages with a routing key.
type QueueBind struct {
	Ticket                      uint16
	Queue, Exchange, RoutingKey string
	NoWait                      bool
	Arguments                   Table
}

// ID returns 50, 20.
func (*QueueBind) ID() ID { return ID{50, 20} }

func (m *QueueBind) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.NoWait)
	c.table(&m.Arguments)
}

// QueueBindOk answers QueueBind.
type QueueBindOk struct{}

// ID returns 50, 21.
func (*QueueBindOk) ID() ID { return ID{50, 21} }

func (*QueueBindOk) fields(*codec) {}

// QueuePurge throws away the messages that are ready.
type QueuePurge struct {
	Ticket uint16
	Queue  string
	NoWait bool
}

// ID returns 50, 30.
func (*QueuePurge) ID() ID { return ID{50, 30} }

func (m *QueuePurge) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.bits(&m.NoWait)
}

// QueuePurgeOk counts what was thrown away.
type QueuePurgeOk struct {
	MessageCount uint32
}

// ID returns 50, 31.
func (*QueuePurgeOk) ID() ID { return ID{50, 31} }

func (m *QueuePurgeOk) fields(c *codec) {
	c.long(&m.MessageCount)
}

// QueueDelete deletes a queue and what is in it.
type QueueDelete struct {
	Ticket                    uint16
	Queue                     string
	IfUnused, IfEmpty, NoWait bool
}

// ID returns 50, 40.
func (*QueueDelete) ID() ID { return ID{50, 40} }

func (m *QueueDelete) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.bits(&m.IfUnused, &m.IfEmpty, &m.NoWait)
}

// QueueDeleteOk counts the messages that went with the queue.
type QueueDeleteOk struct {
	MessageCount uint32
}

// ID returns 50, 41.
func (*QueueDeleteOk) ID() ID { return ID{50, 41} }

func (m *QueueDeleteOk) fields(c *codec) {
	c.long(&m.MessageCount)
}

// QueueUnbind undoes QueueBind.
type QueueUnbind struct {
	Ticket                      uint16
	Queue, Exchange, RoutingKey string
	Arguments                   Table
}

// ID returns 50, 50.
func (*QueueUnbind) ID() ID { return ID{50, 50} }

func (m *QueueUnbind) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.table(&m.Arguments)
}

// QueueUnbindOk answers QueueUnbind.
type QueueUnbindOk struct{}

// ID returns 50, 51.
func (*QueueUnbindOk) ID() ID { return ID{50, 51} }

func (*QueueUnbindOk) fields(*codec) {}

// ConfirmSelect asks for an ack of every message published on the channel.
type ConfirmSelect struct {
	NoWait bool
}

// ID returns 85, 10.
func (*ConfirmSelect) ID() ID { return ID{85, 10} }

func (m *ConfirmSelect) fields(c *codec) {
	c.bits(&m.NoWait)
}

// ConfirmSelectOk answers ConfirmSelect.
type ConfirmSelectOk struct{}

// ID returns 85, 11.
func (*ConfirmSelectOk) ID() ID { return ID{85, 11} }

func (*ConfirmSelectOk) fields(*codec) {}

// TxSelect begins transactions on a channel.
type TxSelect struct{}

// ID returns 90, 10.
func (*TxSelect) ID() ID { return ID{90, 10} }

func (*TxSelect) fields(*codec) {}

// TxCommit commits a transaction.
type TxCommit struct{}

// ID returns 90, 20.
func (*TxCommit) ID() ID { return ID{90, 20} }

func (*TxCommit) fields(*codec) {}

// TxRollback undoes a transaction.
type TxRollback struct{}

// ID returns 90, 30.
func (*TxRollback) ID() ID { return ID{90, 30} }

func (*TxRollback) fields(*codec) {}

// TxSelectOk answers TxSelect.
type TxSelectOk struct{}

// ID returns 90, 11.
func (*TxSelectOk) ID() ID { return ID{90, 11} }

func (*TxSelectOk) fields(*codec) {}

// TxCommitOk answers TxCommit.
type TxCommitOk struct{}

// ID returns 90, 21.
func (*TxCommitOk) ID() ID { return ID{90, 21} }

func (*TxCommitOk) fields(*codec) {}

// TxRollbackOk answers TxRollback.
type TxRollbackOk struct{}

// ID returns 90, 31.
func (*TxRollbackOk) ID() ID { return ID{90, 31} }

func (*TxRollbackOk) fields(*codec) {}
