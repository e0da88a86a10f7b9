package containers

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// A hello begins a protocol on a fresh connection. It returns the broker's version,
// or "", when a broker answers as it should; a proxy that accepts for a broker which
// is not there yet does not.
type hello func(net.Conn) (version string, err error)

// maxHello bounds what a broker may say of itself, in bytes.
const maxHello = 64 << 10

// amqp says which version we speak, and wants connection.start: a method frame
// (1) on channel 0, of a length, with method 10 of class 10. Its table of server
// properties holds a long string (S) named "version".
func amqp(c net.Conn) (string, error) {
	if _, err := c.Write([]byte("AMQP\x00\x00\x09\x01")); err != nil {
		return "", err
	}
	var b [11]byte
	if _, err := io.ReadFull(c, b[:]); err != nil {
		return "", fmt.Errorf("no answer to the protocol header: %w", err)
	}
	if b[0] != 1 || b[8] != 10 || b[10] != 10 {
		return "", fmt.Errorf("answer % X to the protocol header, want connection.start", b)
	}
	said := make([]byte, min(binary.BigEndian.Uint32(b[3:7]), maxHello))
	n, _ := io.ReadFull(c, said[:max(len(said)-4, 0)]) // four bytes of the method are read already
	return longString(said[:n], "version"), nil
}

// longString finds a long string in an encoded field table; "" if there is none.
func longString(table []byte, name string) string {
	_, rest, ok := bytes.Cut(table, append([]byte{byte(len(name))}, name+"S"...))
	if !ok || len(rest) < 4 {
		return ""
	}
	size := binary.BigEndian.Uint32(rest)
	if uint64(size) > uint64(len(rest)-4) || size > 100 {
		return ""
	}
	return string(rest[4 : 4+size])
}

const (
	helloWait  = 2 * time.Second        // for one attempt
	helloPause = 100 * time.Millisecond // between two
)

// await returns nil once the broker speaks. A container that ended will not.
func (c *Container) await(ctx context.Context, progress func(Progress)) error {
	ctx, cancel := context.WithTimeout(ctx, c.spec.Image.Wait)
	defer cancel()
	told := time.Now()
	for {
		err := c.greet(ctx)
		if err == nil {
			return nil
		}
		if !c.Runs(ctx) || ctx.Err() != nil {
			return err
		}
		if time.Since(told) >= time.Second {
			told = time.Now()
			progress(Progress{Phase: PhaseWait, Broker: c.spec.Broker, Detail: c.lastLine(), Elapsed: time.Since(c.began)})
		}
		select {
		case <-time.After(helloPause):
		case <-ctx.Done():
			return err
		}
	}
}

// greet makes one attempt.
func (c *Container) greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, helloWait)
	defer cancel()
	conn, err := c.Dial(ctx, c.spec.Image.Port)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	c.Version, err = c.spec.Image.hello(conn)
	return err
}
