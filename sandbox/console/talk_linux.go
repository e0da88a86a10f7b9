package console

import (
	"encoding/binary"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/brokerlab/brokerlab/sandbox/lockdown/enter"
)

// MaxPacket is the longest packet that the host sends, in bytes: MaxLine with the
// escapes of JSON.
const MaxPacket = 8 * MaxLine

// talk locks this process down and returns how to receive what the host sends, packet
// by packet. The control descriptor, which other programs give up, is kept.
func talk() (receive func() ([]byte, error), err error) {
	control, err := syscall.Dup(enter.Control)
	if err != nil {
		return nil, fmt.Errorf("this program only runs in a lab: %w", err)
	}
	syscall.CloseOnExec(control)
	if _, err := enter.Enter(); err != nil {
		return nil, err
	}
	buf := make([]byte, MaxPacket)
	return func() ([]byte, error) {
		for {
			n, err := syscall.Read(control, buf)
			switch {
			case err == syscall.EINTR:
			case err != nil:
				return nil, err
			case n == 0:
				return nil, io.EOF
			default:
				return buf[:n], nil
			}
		}
	}, nil
}

// mark tells the host that the statement at a line is about to begin.
func mark(line int) {
	var rec [enter.RecordSize]byte
	binary.LittleEndian.PutUint64(rec[0:], uint64(time.Now().UnixNano()))
	binary.LittleEndian.PutUint32(rec[8:], uint32(line))
	_, _ = syscall.Write(enter.Trace, rec[:]) // for display only
}
