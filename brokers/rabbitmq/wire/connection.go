package wire

// Classes connection and channel: opening and closing.

// ConnectionStart is the server's first word: who it is and how one may log in.
type ConnectionStart struct {
	VersionMajor, VersionMinor uint8
	ServerProperties           Table
	Mechanisms, Locales        string
}

// ID returns 10, 10.
func (*ConnectionStart) ID() ID { return ID{10, 10} }

func (m *ConnectionStart) fields(c *codec) {
	c.octet(&m.VersionMajor)
	c.octet(&m.VersionMinor)
	c.table(&m.ServerProperties)
	c.longstr(&m.Mechanisms)
	c.longstr(&m.Locales)
}

// ConnectionStartOk names the client and carries its credentials.
type ConnectionStartOk struct {
	ClientProperties            Table
	Mechanism, Response, Locale string
}

// ID returns 10, 11.
func (*ConnectionStartOk) ID() ID { return ID{10, 11} }

func (m *ConnectionStartOk) fields(c *codec) {
	c.table(&m.ClientProperties)
	c.shortstr(&m.Mechanism)
	c.longstr(&m.Response)
	c.shortstr(&m.Locale)
}

// ConnectionSecure asks for more credentials.
type ConnectionSecure struct {
	Challenge string
}

// ID returns 10, 20.
func (*ConnectionSecure) ID() ID { return ID{10, 20} }

func (m *ConnectionSecure) fields(c *codec) {
	c.longstr(&m.Challenge)
}

// ConnectionSecureOk answers ConnectionSecure.
type ConnectionSecureOk struct {
	Response string
}

// ID returns 10, 21.
func (*ConnectionSecureOk) ID() ID { return ID{10, 21} }

func (m *ConnectionSecureOk) fields(c *codec) {
	c.longstr(&m.Response)
}

// ConnectionTune proposes limits; 0 means none. FrameMax is in bytes, Heartbeat in
// seconds.
type ConnectionTune struct {
	ChannelMax uint16
	FrameMax   uint32
	Heartbeat  uint16
}

// ID returns 10, 30.
func (*ConnectionTune) ID() ID { return ID{10, 30} }

func (m *ConnectionTune) fields(c *codec) {
	c.short(&m.ChannelMax)
	c.long(&m.FrameMax)
	c.short(&m.Heartbeat)
}

// ConnectionTuneOk settles the limits: what it says is final.
type ConnectionTuneOk struct {
	ChannelMax uint16
	FrameMax   uint32
	Heartbeat  uint16
}

// ID returns 10, 31.
func (*ConnectionTuneOk) ID() ID { return ID{10, 31} }

func (m *ConnectionTuneOk) fields(c *codec) {
	c.short(&m.ChannelMax)
	c.long(&m.FrameMax)
	c.short(&m.Heartbeat)
}

// ConnectionOpen chooses a virtual host.
type ConnectionOpen struct {
	VirtualHost, Reserved1 string
	Reserved2              bool
}

// ID returns 10, 40.
func (*ConnectionOpen) ID() ID { return ID{10, 40} }

func (m *ConnectionOpen) fields(c *codec) {
	c.shortstr(&m.VirtualHost)
	c.shortstr(&m.Reserved1)
	c.bits(&m.Reserved2)
}

// ConnectionOpenOk ends the handshake.
type ConnectionOpenOk struct {
	Reserved string
}

// ID returns 10, 41.
func (*ConnectionOpenOk) ID() ID { return ID{10, 41} }

func (m *ConnectionOpenOk) fields(c *codec) {
	c.shortstr(&m.Reserved)
}

// ConnectionClose ends the connection. Class and Method name what caused an error.
type ConnectionClose struct {
	ReplyCode     uint16
	ReplyText     string
	Class, Method uint16
}

// ID returns 10, 50.
func (*ConnectionClose) ID() ID { return ID{10, 50} }

func (m *ConnectionClose) fields(c *codec) {
	c.short(&m.ReplyCode)
	c.shortstr(&m.ReplyText)
	c.short(&m.Class)
	c.short(&m.Method)
}

// ConnectionCloseOk answers ConnectionClose; nothing follows it.
type ConnectionCloseOk struct{}

// ID returns 10, 51.
func (*ConnectionCloseOk) ID() ID { return ID{10, 51} }

func (*ConnectionCloseOk) fields(*codec) {}

// ConnectionBlocked tells a publisher that the server reads nothing more for now.
type ConnectionBlocked struct {
	Reason string
}

// ID returns 10, 60.
func (*ConnectionBlocked) ID() ID { return ID{10, 60} }

func (m *ConnectionBlocked) fields(c *codec) {
	c.shortstr(&m.Reason)
}

// ConnectionUnblocked ends ConnectionBlocked.
type ConnectionUnblocked struct{}

// ID returns 10, 61.
func (*ConnectionUnblocked) ID() ID { return ID{10, 61} }

func (*ConnectionUnblocked) fields(*codec) {}

// ConnectionUpdateSecret brings new credentials for a connection that is open.
type ConnectionUpdateSecret struct {
	NewSecret, Reason string
}

// ID returns 10, 70.
func (*ConnectionUpdateSecret) ID() ID { return ID{10, 70} }

func (m *ConnectionUpdateSecret) fields(c *codec) {
	c.longstr(&m.NewSecret)
	c.shortstr(&m.Reason)
}

// ConnectionUpdateSecretOk answers ConnectionUpdateSecret.
type ConnectionUpdateSecretOk struct{}

// ID returns 10, 71.
func (*ConnectionUpdateSecretOk) ID() ID { return ID{10, 71} }

func (*ConnectionUpdateSecretOk) fields(*codec) {}

// ChannelOpen begins a channel.
type ChannelOpen struct {
	Reserved string
}

// ID returns 20, 10.
func (*ChannelOpen) ID() ID { return ID{20, 10} }

func (m *ChannelOpen) fields(c *codec) {
	c.shortstr(&m.Reserved)
}

// ChannelOpenOk answers ChannelOpen.
type ChannelOpenOk struct {
	Reserved string
}

// ID returns 20, 11.
func (*ChannelOpenOk) ID() ID { return ID{20, 11} }

func (m *ChannelOpenOk) fields(c *codec) {
	c.longstr(&m.Reserved)
}

// ChannelFlow asks the other side to stop or go on sending content.
type ChannelFlow struct {
	Active bool
}

// ID returns 20, 20.
func (*ChannelFlow) ID() ID { return ID{20, 20} }

func (m *ChannelFlow) fields(c *codec) {
	c.bits(&m.Active)
}

// ChannelFlowOk answers ChannelFlow.
type ChannelFlowOk struct {
	Active bool
}

// ID returns 20, 21.
func (*ChannelFlowOk) ID() ID { return ID{20, 21} }

func (m *ChannelFlowOk) fields(c *codec) {
	c.bits(&m.Active)
}

// ChannelClose ends a channel. Class and Method name what caused an error.
type ChannelClose struct {
	ReplyCode     uint16
	ReplyText     string
	Class, Method uint16
}

// ID returns 20, 40.
func (*ChannelClose) ID() ID { return ID{20, 40} }

func (m *ChannelClose) fields(c *codec) {
	c.short(&m.ReplyCode)
	c.shortstr(&m.ReplyText)
	c.short(&m.Class)
	c.short(&m.Method)
}

// ChannelCloseOk answers ChannelClose.
type ChannelCloseOk struct{}

// ID returns 20, 41.
func (*ChannelCloseOk) ID() ID { return ID{20, 41} }

func (*ChannelCloseOk) fields(*codec) {}
