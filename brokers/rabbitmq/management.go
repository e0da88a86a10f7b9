package rabbitmq

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/brokerlab/brokerlab/brokers"
)

// ManagementPort is where RabbitMQ's management plugin listens by default.
const ManagementPort = 15672

// requestLimit bounds the body of a management request, in bytes.
const requestLimit = 64 << 10

// ServeManagement answers HTTP on l, as the management plugin does for two things:
// listing connections, and closing one by its name. Everything else is 501. It
// returns when the listener or the broker is closed. The sequencer is told to track
// l, unless it does already.
func (b *Broker) ServeManagement(l net.Listener) error {
	if _, untracked := l.(interface{ File() (*os.File, error) }); untracked {
		tracked, err := b.seq.Track(l, brokers.BrokerConn)
		if err != nil {
			return fmt.Errorf("rabbitmq: %w", err)
		}
		l = tracked
	}
	if !b.listen(l) {
		return errors.Join(l.Close())
	}
	return b.acceptEach(l, b.admitRequest)
}

// admitRequest starts the goroutine of a management connection, within the bound
// of those that may be there.
func (b *Broker) admitRequest(nc net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.requests) >= b.quota.Connections {
		_ = nc.Close()
		return
	}
	b.requests[nc] = struct{}{}
	b.running.Go(func() {
		_ = nc.SetReadDeadline(time.Now().Add(time.Minute))
		err := brokers.ServeHTTP(nc, b.seq, b.management(), requestLimit)
		if !errors.Is(err, brokers.ErrCut) { // a cut socket is the sequencer's to close
			_ = nc.Close()
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.requests, nc)
	})
}

// management is the table of requests. Its handlers run inside the sequencer.
func (b *Broker) management() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/connections", b.listConnections)
	mux.HandleFunc("GET /api/connections/{$}", b.listConnections)
	mux.HandleFunc("DELETE /api/connections/{name}", b.closeConnection)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusNotImplemented, map[string]string{"error": "not_implemented", "reason": r.Method + " " + r.URL.Path + " is not part of this miniature"})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, ok := r.BasicAuth()
		if !ok || !b.node.Authentic(name, password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="RabbitMQ Management"`)
			answer(w, http.StatusUnauthorized, map[string]string{"error": "not_authorised", "reason": "Login failed"})
			return
		}
		mux.ServeHTTP(w, r)
		b.deliverAll(nil) // what a closed connection gave back
	})
}

func answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what)
}

// name is what the management plugin calls a connection: its two ends.
func (c *conn) name() string {
	return fmt.Sprintf("%v -> %v", c.nc.RemoteAddr(), c.nc.LocalAddr())
}

func (b *Broker) listConnections(w http.ResponseWriter, _ *http.Request) {
	type object = map[string]any
	list := []object{}
	for _, c := range b.inOrder() {
		list = append(list, object{
			"name": c.name(), "user": c.user, "vhost": c.model.VHostName(), "state": "running", "type": "network",
			"protocol": "AMQP 0-9-1", "channels": len(c.channels), "node": "rabbit@localhost",
			"client_properties": object{"product": c.product, "connection_name": c.given},
		})
	}
	answer(w, http.StatusOK, list)
}

// closeConnection ends a connection as an administrator does.
func (b *Broker) closeConnection(w http.ResponseWriter, r *http.Request) {
	why := "Closed via management plugin"
	if reason := strings.TrimSpace(r.Header.Get("X-Reason")); reason != "" {
		why = reason[:min(len(reason), 100)]
	}
	for _, c := range b.inOrder() {
		if c.name() == r.PathValue("name") {
			c.forceOut(why)
			_ = c.nc.SetReadDeadline(time.Now().Add(goodbyeTime))
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	answer(w, http.StatusNotFound, map[string]string{"error": "Object Not Found", "reason": "Not Found"})
}
