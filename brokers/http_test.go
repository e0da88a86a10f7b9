package brokers

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestServeHTTP(t *testing.T) {
	tests := []struct {
		name    string
		request string
		status  int
	}{
		{"a request with a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n4", 201},
		{"a chunked body", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n4\r\n0\r\n\r\n", 201},
		{"no HTTP at all", "AMQP\x00\x00\x09\x01\r\n\r\n", 400},
		{"a body over the limit", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n", 413},
		{"a chunked body over the limit", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + strings.Repeat("x", 2000) + "\r\n0\r\n\r\n", 413},
		{"headers without end", "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", headerLimit+2000), 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			c := l.dial(t, l.ledger)
			if _, err := io.WriteString(c, tt.request); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if resp.StatusCode != tt.status {
				t.Errorf("answered %s, want %d", resp.Status, tt.status)
			}
			if want := map[bool]uint64{true: 1}[tt.status == 201]; l.journal.Last() != want {
				t.Errorf("%d events, want %d", l.journal.Last(), want)
			}
		})
	}
}

func TestServeHTTPWithNetHTTPClient(t *testing.T) {
	l := newLab(t)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := range 10 {
		resp, err := client.Post("http://"+l.ledger.Addr().String()+"/charges", "text/plain", strings.NewReader(fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if l.journal.Last() != 10 {
		t.Errorf("%d charges, want 10", l.journal.Last())
	}
}
