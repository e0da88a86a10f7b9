package kafka

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/brokerlab/brokerlab/brokers"
	"github.com/brokerlab/brokerlab/brokers/kafka/model"
	"github.com/brokerlab/brokerlab/brokers/kafka/wire"
)

const (
	// readBuffer is how much is read at once, in bytes: small requests come in heaps.
	readBuffer = 32 << 10
	// produceRoom is how much longer than the longest message a Produce request may be.
	produceRoom = 1 << 20
	// arrivingRoom bounds the requests that are arriving on all connections, in bytes.
	arrivingRoom = 64 << 20
	// requestTime is how long a request may take to arrive once its length has come.
	requestTime = 30 * time.Second
)

// A conn is one connection to one node. Its goroutine reads requests and has the
// sequencer handle them.
type conn struct {
	b    *Broker
	nc   net.Conn
	node int32
	in   *bufio.Reader
	out  *outbox
	cut  bool // by a fault

	user    string // logged in by SASL
	asking  bool   // a SASL handshake has chosen PLAIN
	product string // client library

	live func() bool // false once a fault has cut it

	number  int                       // set and used inside the sequencer; 0 before the first request
	name    string                    // in the journal; likewise
	gone    bool                      // likewise
	mute    bool                      // its node went down before it had said more than its versions; likewise
	session *model.Session            // likewise
	fetches map[*model.Fetch]struct{} // that wait; likewise
}

func newConn(b *Broker, nc net.Conn, node int32) *conn {
	return &conn{
		b: b, nc: nc, node: node, in: bufio.NewReaderSize(nc, readBuffer), out: newOutbox(nc), fetches: make(map[*model.Fetch]struct{}),
		live: func() bool { return b.seq.Live(nc) },
	}
}

// serve is the connection's goroutine.
func (c *conn) serve() {
	defer c.b.left(c)
	c.b.running.Go(c.out.run)
	why := c.read()
	c.cut = errors.Is(why, brokers.ErrCut)
	mute := false
	c.b.seq.Do(func() {
		c.leave(ending(why))
		mute = c.mute
	})
	c.out.finish()
	switch {
	case c.cut: // left to the sequencer, which closes it when the program is dead
	case mute:
		reset(c.nc)
	default:
		_ = c.nc.Close()
	}
}

// ending says how a connection ended.
func ending(why error) string {
	if errors.Is(why, wire.ErrMalformed) || errors.Is(why, errClosed) {
		return why.Error()
	}
	return "connection lost"
}

// errClosed marks a connection that we end.
var errClosed = errors.New("closed")

// stop ends the connection from outside: its goroutines find nothing to read or write.
func (c *conn) stop() {
	c.out.stop()
	_ = c.nc.SetDeadline(time.Now())
}

// read handles requests until the connection has ended.
func (c *conn) read() error {
	var size [wire.SizeLen]byte
	for {
		if _, err := io.ReadFull(c.in, size[:]); err != nil {
			return err
		}
		if err := c.request(int64(int32(binary.BigEndian.Uint32(size[:])))); err != nil {
			return err
		}
	}
}

// request reads and handles one request of a length in bytes.
func (c *conn) request(size int64) error {
	if size < wire.HeaderLen || size > int64(max(c.b.quota.Message+produceRoom, wire.MaxAsk)) {
		return fmt.Errorf("%w: a request of %d bytes", wire.ErrMalformed, size)
	}
	fixed, err := c.in.Peek(wire.HeaderLen)
	if err != nil {
		return err
	}
	h, err := wire.ReadHeader(fixed)
	if err != nil {
		return err
	}
	if h.Key != keyProduce && size > wire.MaxAsk {
		return fmt.Errorf("%w: request %d of %d bytes, want at most %d", wire.ErrMalformed, h.Key, size, wire.MaxAsk)
	}
	if c.b.arriving.Add(size) > arrivingRoom {
		c.b.arriving.Add(-size)
		return fmt.Errorf("%w: requests of more than %d bytes are arriving", errClosed, arrivingRoom)
	}
	defer c.b.arriving.Add(-size)
	frame := make([]byte, size)
	if err := c.fill(frame); err != nil {
		return err
	}
	return c.dispatch(h, frame)
}

// fill reads a request to its end, which has to come in time.
func (c *conn) fill(frame []byte) error {
	if c.in.Buffered() >= len(frame) {
		_, err := io.ReadFull(c.in, frame)
		return err
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(requestTime))
	if _, err := io.ReadFull(c.in, frame); err != nil {
		return err
	}
	_ = c.nc.SetReadDeadline(time.Time{})
	if c.out.over() {
		return errClosed // by stop, whose deadline is gone now
	}
	return nil
}

// A call is a request that is being handled.
type call struct {
	*conn
	wire.Header
	request kmsg.Request
	produce *produceCall     // what came with a Produce: request has its version only
	fetch   brokers.RawFrame // of a Fetch, for the answer that may come later
	place   answer
}

// dispatch finds the request's row, decodes it, and has the sequencer handle it.
func (c *conn) dispatch(h wire.Header, frame []byte) error {
	row, ok := requests[h.Key]
	if !ok {
		return fmt.Errorf("%w: request %d is unknown", wire.ErrMalformed, h.Key)
	}
	k := &call{conn: c, Header: h}
	versionOK := h.Version >= row.min && h.Version <= row.max
	if !versionOK && h.Key != keyApiVersions {
		return c.unsupported(k, row)
	}
	if !versionOK {
		k.Version = 0 // answered in the form that every client reads
	}
	if err := k.decode(row, frame, versionOK); err != nil {
		return err
	}
	if h.Key == keyFetch {
		k.fetch = brokers.RawFrame{Size: len(frame), Bytes: bytes.Clone(frame[:min(len(frame), brokers.MaxFrameBytes)]), Explain: explain}
	}
	if !c.mayAsk(h.Key) {
		return fmt.Errorf("%w: request %s before the client has logged in", errClosed, row.name)
	}
	if !c.out.open(&k.place) {
		return errClosed
	}
	return c.handle(k, row, frame, versionOK)
}

// handle runs a request's function inside the sequencer.
func (c *conn) handle(k *call, row request, frame []byte, versionOK bool) error {
	var failed error
	err := c.b.seq.Handle(c.nc, func() {
		if c.gone {
			failed = errClosed
			return
		}
		c.out.hold()
		c.b.journal.Handling(brokers.RawFrame{Client: c.name, Size: len(frame), Bytes: frame, Explain: explain})
		c.meet(k)
		failed = guard(func() error {
			if !versionOK {
				k.unknownApiVersions()
				return nil
			}
			return row.handle(k)
		})
		if failed != nil {
			c.recordRefusal(row.name, failed)
		}
	})
	if err == nil && failed == nil {
		return c.out.send()
	}
	return errors.Join(err, failed)
}

// unsupported hangs up on a version that is not spoken, as Kafka does: only ApiVersions has
// an answer that every client can read.
func (c *conn) unsupported(k *call, row request) error {
	return c.b.seqDo(func() error {
		c.meet(k)
		c.recordRefusal(row.name, model.Errorf(model.UnsupportedVersion, "version %d, want %d to %d", k.Version, row.min, row.max))
		return fmt.Errorf("%w: %s version %d, want %d to %d", errClosed, row.name, k.Version, row.min, row.max)
	})
}

func (b *Broker) seqDo(fn func() error) (err error) {
	b.seq.Do(func() { err = fn() })
	return err
}

// decode reads the request's body.
func (k *call) decode(row request, frame []byte, versionOK bool) error {
	req := kmsg.RequestForKey(k.Key)
	req.SetVersion(k.Version)
	k.request = req
	body, err := k.ReadClient(frame, versionOK && req.IsFlexible())
	if err != nil || !versionOK {
		return err
	}
	if k.Key == keyProduce {
		k.produce, err = k.readProduce(body)
		return err
	}
	if req.IsFlexible() {
		if err := wire.CheckFlexible(k.Key, k.Version, body); err != nil {
			return err
		}
	}
	if err := req.ReadFrom(body); err != nil {
		return fmt.Errorf("%w: %s version %d: %w", wire.ErrMalformed, row.name, k.Version, err)
	}
	return nil
}

// meet gives the connection its name in the journal at its first request.
func (c *conn) meet(k *call) {
	if req, ok := k.request.(*kmsg.ApiVersionsRequest); ok && req.ClientSoftwareName != "" {
		c.product = req.ClientSoftwareName + " " + req.ClientSoftwareVersion
	}
	if c.number > 0 {
		return
	}
	c.b.nextConn++
	c.number = c.b.nextConn
	c.name = fmt.Sprintf("c%d", c.number)
	c.b.conns[c] = struct{}{}
	host, _, _ := net.SplitHostPort(c.nc.RemoteAddr().String())
	c.session = c.b.cluster.NewSession(c.node, k.Client, host)
	who := k.Client
	if c.product != "" {
		who = c.product
	}
	c.b.journal.Append(brokers.Event{Kind: brokers.Opened, Source: "kafka", Client: c.name, Node: int(c.node), Reason: who[:min(len(who), maxReason)]})
}

// leave takes the connection out of the cluster, inside the sequencer. It may be called
// more than once. The groups notice by and by that a member is gone, as Kafka's do.
func (c *conn) leave(reason string) {
	if c.number > 0 && !c.gone {
		for f := range c.fetches {
			c.b.cluster.Cancel(f)
		}
		clear(c.fetches)
		c.session.End()
		delete(c.b.conns, c)
		c.b.journal.Append(brokers.Event{Kind: brokers.Closed, Source: "kafka", Client: c.name, Node: int(c.node), Reason: reason[:min(len(reason), maxReason)]})
	}
	c.gone = true
}

// response makes an empty answer to the request.
func (k *call) response() kmsg.Response { return k.request.ResponseKind() }

// reply answers the request. It may be called in a later step.
func (k *call) reply(resp kmsg.Response) {
	resp.SetVersion(k.Version)
	k.out.know(&k.place, true, func(w io.Writer) error {
		b := wire.AppendHeader(make([]byte, 0, 256), k.Correlation, resp.IsFlexible() && k.Key != keyApiVersions)
		b = resp.AppendTo(b)
		wire.EndAnswer(b)
		_, err := w.Write(b)
		return err
	})
}

// nothing is the answer of a request that has none.
func (k *call) nothing() { k.out.know(&k.place, true, nil) }
