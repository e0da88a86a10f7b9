//go:build !windows

package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// socket is packets on a unix socket that keeps message borders.
type socket struct {
	c   *net.UnixConn
	in  []byte
	oob []byte
}

// newSocket takes over f, one end of a SOCK_SEQPACKET pair.
func newSocket(f *os.File) (*socket, error) {
	c, err := unixConn(f)
	if err != nil {
		return nil, err
	}
	return &socket{c: c, in: make([]byte, 2*MaxSmall), oob: make([]byte, syscall.CmsgSpace(4*MaxFiles)+64)}, nil
}

// unixConn takes over f as a connection that the poller knows.
func unixConn(f *os.File) (*net.UnixConn, error) {
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("link: %w", err)
	}
	_ = f.Close() // FileConn made a copy
	u, ok := c.(*net.UnixConn)
	if !ok {
		_ = c.Close()
		return nil, fmt.Errorf("link: descriptor is a %s connection, want a unix socket", c.LocalAddr().Network())
	}
	return u, nil
}

func (s *socket) send(b []byte, files []*os.File) error {
	var oob []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		oob = syscall.UnixRights(fds...)
	}
	_, _, err := s.c.WriteMsgUnix(b, oob, nil)
	return err
}

func (s *socket) receive() ([]byte, []*os.File, error) {
	n, on, flags, _, err := s.c.ReadMsgUnix(s.in, s.oob)
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, io.EOF
	}
	files, err := rights(s.oob[:on])
	if err != nil {
		return nil, nil, err
	}
	if flags&(syscall.MSG_TRUNC|syscall.MSG_CTRUNC) != 0 {
		CloseFiles(files)
		return nil, nil, errors.New("receive: message longer than agreed")
	}
	return s.in[:n], files, nil
}

// rights takes the descriptors out of control messages.
func rights(oob []byte) ([]*os.File, error) {
	if len(oob) == 0 {
		return nil, nil
	}
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	var files []*os.File
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			continue // credentials, not descriptors
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return files, nil
}

func (s *socket) SetWriteDeadline(t time.Time) error { return s.c.SetWriteDeadline(t) }

func (s *socket) Close() error { return s.c.Close() }
