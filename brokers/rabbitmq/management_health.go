package rabbitmq

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/brokerlab/brokerlab/brokers/rabbitmq/model"
)

// What monitors ask: whether the broker is well.
// https://www.rabbitmq.com/docs/monitoring#health-checks

func well() (int, any) { return http.StatusOK, object{"status": "ok"} }

// unwell is the answer that makes a monitor call somebody.
func unwell(reason string, more object) (int, any) {
	more["status"], more["reason"] = "failed", reason
	return http.StatusServiceUnavailable, more
}

func (*request) wellAlways() (int, any) { return well() }

// wellAlone is for what can only be wrong in a cluster.
func (*request) wellAlone() (int, any) {
	return http.StatusOK, object{"status": "ok", "reason": "single node cluster"}
}

func (r *request) wellNode() (int, any) {
	if name := r.PathValue("name"); name != "" && name != nodeName {
		return http.StatusNotFound, notFound
	}
	return well()
}

func (r *request) alarms() (int, any)      { return r.alarmed("in the cluster") }
func (r *request) localAlarms() (int, any) { return r.alarmed("on the node") }

func (r *request) alarmed(where string) (int, any) {
	if !r.b.node.Low() {
		return well()
	}
	return unwell("There are alarms in effect "+where, object{"alarms": []object{{"node": nodeName, "resource": "memory"}}})
}

// certificates have no TLS to be for.
func (r *request) certificates() (int, any) {
	if _, err := strconv.Atoi(r.PathValue("within")); err != nil {
		return http.StatusBadRequest, problem("bad_request", "Invalid expiration value.")
	}
	if !slices.Contains([]string{"days", "weeks", "months", "years"}, r.PathValue("unit")) {
		return http.StatusBadRequest, problem("bad_request", "Time unit not recognised. Supported units: days, weeks, months, years.")
	}
	return well()
}

func (r *request) portListener() (int, any) {
	port, err := strconv.Atoi(r.PathValue("port"))
	if err != nil {
		return http.StatusBadRequest, problem("bad_request", "Invalid port")
	}
	ports := r.b.listening()
	if !slices.Contains(ports, port) {
		return unwell("No active listener", object{"missing": port, "ports": ports})
	}
	return http.StatusOK, object{"status": "ok", "port": port}
}

// listening are the ports on which the broker listens, in order.
func (b *Broker) listening() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	ports := []int{}
	for l := range b.listeners {
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			ports = append(ports, tcp.Port)
		}
	}
	slices.Sort(ports)
	return ports
}

// protocols are what listeners are called, by the names that may be asked for; others are
// called as they are asked for.
var protocols = map[string]string{
	"amqp": "amqp", "amqp091": "amqp", "amqp0.9.1": "amqp", "amqp0-9-1": "amqp", "amqp10": "amqp", "http": "http",
	"amqps": "amqp/ssl",
}

func (r *request) protocolListener() (int, any) {
	asked := strings.ToLower(r.PathValue("protocol"))
	name, known := protocols[asked]
	if !known {
		name = asked
	}
	spoken := []string{"amqp", "http"}
	if !slices.Contains(spoken, name) {
		return unwell("No active listener", object{"missing": name, "protocols": spoken})
	}
	return http.StatusOK, object{"status": "ok", "protocol": name}
}

// alive declares a queue, publishes to it and gets the message back.
func (r *request) alive() (int, any) {
	const name = "aliveness-test"
	if err := r.b.room(); err != nil {
		return r.refusalOf(err)
	}
	ch := r.channel()
	_, err := ch.DeclareQueue(model.QueueSpec{Name: name})
	if err == nil {
		_, err = ch.Publish(model.Publishing{Key: name, Body: []byte("test_message")})
	}
	ok := false
	if err == nil {
		_, _, ok, err = ch.Get(name, true)
	}
	switch refused := refusal(err); {
	case err == nil && ok:
		return well()
	case err == nil:
		return unwell(name+" queue is empty", object{})
	case refused.Code == model.AccessRefused:
		r.refused = refused
		return http.StatusUnauthorized, problem("not_authorised", refused.Error())
	default:
		r.refused = refused
		return http.StatusBadRequest, problem("bad_request", fmt.Sprintf("%d %v", refused.Code, refused))
	}
}
