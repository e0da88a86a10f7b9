package wire

// Class basic: messages and who gets them.

// BasicQos limits how many deliveries may be unacknowledged: for each new consumer of
// the channel or, with Global, for the channel as a whole.
type BasicQos struct {
	PrefetchSize  uint32
	PrefetchCount uint16
	Global        bool
}

// ID returns 60, 10.
func (*BasicQos) ID() ID { return ID{60, 10} }

func (m *BasicQos) fields(c *codec) {
	c.long(&m.PrefetchSize)
	c.short(&m.PrefetchCount)
	c.bits(&m.Global)
}

// BasicQosOk answers BasicQos.
type BasicQosOk struct{}

// ID returns 60, 11.
func (*BasicQosOk) ID() ID { return ID{60, 11} }

func (*BasicQosOk) fields(*codec) {}

// BasicConsume starts a consumer.
type BasicConsume struct {
	Ticket                            uint16
	Queue, ConsumerTag                string
	NoLocal, NoAck, Exclusive, NoWait bool
	Arguments                         Table
}

// ID returns 60, 20.
func (*BasicConsume) ID() ID { return ID{60, 20} }

func (m *BasicConsume) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.shortstr(&m.ConsumerTag)
	c.bits(&m.NoLocal, &m.NoAck, &m.Exclusive, &m.NoWait)
	c.table(&m.Arguments)
}

// BasicConsumeOk names the consumer.
type BasicConsumeOk struct {
	ConsumerTag string
}

// ID returns 60, 21.
func (*BasicConsumeOk) ID() ID { return ID{60, 21} }

func (m *BasicConsumeOk) fields(c *codec) {
	c.shortstr(&m.ConsumerTag)
}

// BasicCancel ends a consumer; from the server it says that one has ended.
type BasicCancel struct {
	ConsumerTag string
	NoWait      bool
}

// ID returns 60, 30.
func (*BasicCancel) ID() ID { return ID{60, 30} }

func (m *BasicCancel) fields(c *codec) {
	c.shortstr(&m.ConsumerTag)
	c.bits(&m.NoWait)
}

// BasicCancelOk answers BasicCancel.
type BasicCancelOk struct {
	ConsumerTag string
}

// ID returns 60, 31.
func (*BasicCancelOk) ID() ID { return ID{60, 31} }

func (m *BasicCancelOk) fields(c *codec) {
	c.shortstr(&m.ConsumerTag)
}

// BasicPublish is followed by content: a message for an exchange.
type BasicPublish struct {
	Ticket               uint16
	Exchange, RoutingKey string
	Mandatory, Immediate bool
}

// ID returns 60, 40.
func (*BasicPublish) ID() ID { return ID{60, 40} }

func (m *BasicPublish) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.bits(&m.Mandatory, &m.Immediate)
}

// BasicReturn is followed by content: a message that no queue wanted.
type BasicReturn struct {
	ReplyCode                       uint16
	ReplyText, Exchange, RoutingKey string
}

// ID returns 60, 50.
func (*BasicReturn) ID() ID { return ID{60, 50} }

func (m *BasicReturn) fields(c *codec) {
	c.short(&m.ReplyCode)
	c.shortstr(&m.ReplyText)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
}

// BasicDeliver is followed by content: a message for a consumer.
type BasicDeliver struct {
	ConsumerTag          string
	DeliveryTag          uint64
	Redelivered          bool
	Exchange, RoutingKey string
}

// ID returns 60, 60.
func (*BasicDeliver) ID() ID { return ID{60, 60} }

func (m *BasicDeliver) fields(c *codec) {
	c.shortstr(&m.ConsumerTag)
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Redelivered)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
}

// BasicGet asks for one message.
type BasicGet struct {
	Ticket uint16
	Queue  string
	NoAck  bool
}

// ID returns 60, 70.
func (*BasicGet) ID() ID { return ID{60, 70} }

func (m *BasicGet) fields(c *codec) {
	c.short(&m.Ticket)
	c.shortstr(&m.Queue)
	c.bits(&m.NoAck)
}

// BasicGetOk is followed by content: the message asked for. MessageCount is what is
// still ready.
type BasicGetOk struct {
	DeliveryTag          uint64
	Redelivered          bool
	Exchange, RoutingKey string
	MessageCount         uint32
}

// ID returns 60, 71.
func (*BasicGetOk) ID() ID { return ID{60, 71} }

func (m *BasicGetOk) fields(c *codec) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Redelivered)
	c.shortstr(&m.Exchange)
	c.shortstr(&m.RoutingKey)
	c.long(&m.MessageCount)
}

// BasicGetEmpty says that no message is ready.
type BasicGetEmpty struct {
	Reserved string
}

// ID returns 60, 72.
func (*BasicGetEmpty) ID() ID { return ID{60, 72} }

func (m *BasicGetEmpty) fields(c *codec) {
	c.shortstr(&m.Reserved)
}

// BasicAck settles a delivery, or a publish when the server sends it; with Multiple,
// all up to it.
type BasicAck struct {
	DeliveryTag uint64
	Multiple    bool
}

// ID returns 60, 80.
func (*BasicAck) ID() ID { return ID{60, 80} }

func (m *BasicAck) fields(c *codec) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Multiple)
}

// BasicReject refuses a delivery.
type BasicReject struct {
	DeliveryTag uint64
	Requeue     bool
}

// ID returns 60, 90.
func (*BasicReject) ID() ID { return ID{60, 90} }

func (m *BasicReject) fields(c *codec) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Requeue)
}

// BasicRecoverAsync is BasicRecover without an answer.
type BasicRecoverAsync struct {
	Requeue bool
}

// ID returns 60, 100.
func (*BasicRecoverAsync) ID() ID { return ID{60, 100} }

func (m *BasicRecoverAsync) fields(c *codec) {
	c.bits(&m.Requeue)
}

// BasicRecover asks for everything unacknowledged again.
type BasicRecover struct {
	Requeue bool
}

// ID returns 60, 110.
func (*BasicRecover) ID() ID { return ID{60, 110} }

func (m *BasicRecover) fields(c *codec) {
	c.bits(&m.Requeue)
}

// BasicRecoverOk answers BasicRecover.
type BasicRecoverOk struct{}

// ID returns 60, 111.
func (*BasicRecoverOk) ID() ID { return ID{60, 111} }

func (*BasicRecoverOk) fields(*codec) {}

// BasicNack refuses a delivery; with Multiple, all up to it.
type BasicNack struct {
	DeliveryTag       uint64
	Multiple, Requeue bool
}

// ID returns 60, 120.
func (*BasicNack) ID() ID { return ID{60, 120} }

func (m *BasicNack) fields(c *codec) {
	c.longlong(&m.DeliveryTag)
	c.bits(&m.Multiple, &m.Requeue)
}
